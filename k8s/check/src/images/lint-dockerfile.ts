import { validate } from 'dockerfile-utils'
import { readDockerfile, type Stage } from './read-dockerfile.js'

const PINNED = /(:\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?)$/
const SECRET = /TOKEN|PASSWORD|SECRET|DATABASE_URL|WEBHOOK_URL/

/**
 * What an image of ours must be: the same tomorrow, without a shell around the process, not root, and with nothing secret.
 *
 * @param manifests - the `package.json` of every workspace: npm compares the lock file with all of them
 * @returns a sentence for each fault
 */
export function lintDockerfile(content: string, manifests: readonly string[]): string[] {
  const stages = readDockerfile(content)
  const names = stages.map(({ name }) => name)
  const steps = stages.flatMap(({ steps }) => steps)
  const copied = steps.filter(({ keyword }) => keyword === 'COPY').flatMap(({ words }) => words.slice(0, -1))
  return [
    ...validate(content).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`),
    ...stages
      .filter(({ base }) => !names.includes(base) && !PINNED.test(base))
      .map(({ base }) => `FROM ${base} must name an exact version`),
    ...steps.filter(({ keyword }) => keyword === 'ADD').map(() => 'ADD fetches and unpacks: take COPY'),
    ...steps
      .filter(({ keyword, text }) => /^(ENV|ARG)$/.test(keyword) && SECRET.test(text))
      .map(({ keyword }) => `${keyword} keeps a secret in the image`),
    ...copied.filter((path) => path === '.').map(() => 'COPY . takes whatever lies around: name what is needed'),
    ...manifests
      .filter((path) => !copied.includes(path))
      .map((path) => `${path} is not copied, and npm ci would refuse`),
    ...steps
      .filter(({ keyword, text }) => keyword === 'RUN' && /\bnpm (i|install|ci)\b/.test(text))
      .filter(({ text }) => !text.includes('npm ci --ignore-scripts'))
      .map(({ text }) => `${text} must be npm ci --ignore-scripts`),
    ...lintFinalStage(stages.at(-1)),
  ]
}

function lintFinalStage(stage: Stage | undefined): string[] {
  const last = (keyword: string) => stage?.steps.findLast((step) => step.keyword === keyword)
  const faults = []
  if (!/^[1-9]\d*:[1-9]\d*$/.test(last('USER')?.text ?? '')) faults.push('USER must be numbers other than 0')
  if (!last('ENTRYPOINT')?.isExec || last('ENTRYPOINT')?.words[0] !== 'node') {
    faults.push('ENTRYPOINT must be ["node", …]: a shell would keep the signals')
  }
  if (last('CMD')?.isExec === false) faults.push('CMD must be a list')
  if (!last('ENTRYPOINT')?.text.includes('--max-old-space-size=')) faults.push('ENTRYPOINT must bound the heap')
  if (last('ENV')?.text !== 'NODE_ENV=production') faults.push('ENV NODE_ENV=production is missing')
  if (stage?.steps.some(({ keyword }) => keyword === 'RUN')) faults.push('RUN belongs in an earlier stage')
  return faults
}
