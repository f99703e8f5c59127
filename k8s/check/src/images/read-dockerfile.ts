import { Copy, DockerfileParser } from 'dockerfile-ast'

/** What a Dockerfile does, in order; `FROM` begins a stage. */
export interface Stage {
  /** Another stage's name, or an image, with the values of the file's first `ARG`s put in. */
  readonly base: string
  readonly name: string | undefined
  readonly steps: readonly Step[]
}

export interface Step {
  readonly keyword: string
  /** The stage that a copy is from; undefined for the context. */
  readonly from: string | undefined
  readonly words: readonly string[]
  /** As it is written, for the shell. */
  readonly text: string
  /** `["node", "main.js"]`: run as it stands. */
  readonly isExec: boolean
}

export function readDockerfile(content: string): Stage[] {
  const file = DockerfileParser.parse(content)
  const values = new Map(
    file.getInitialARGs().map((arg) => [arg.getProperty()?.getName(), arg.getProperty()?.getValue()]),
  )
  const stages: { base: string; name: string | undefined; steps: Step[] }[] = []
  for (const instruction of file.getInstructions()) {
    const keyword = instruction.getKeyword()
    const text = instruction.getArgumentsContent() ?? ''
    if (keyword === 'FROM') {
      const [image = '', , name] = text.split(/\s+/)
      stages.push({ base: image.replaceAll(/\$\{(\w+)\}/g, (all, it) => values.get(it) ?? all), name, steps: [] })
      continue
    }
    const isExec = text.startsWith('[')
    const words: string[] = isExec ? JSON.parse(text) : text.split(/\s+/)
    const from = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : undefined
    stages.at(-1)?.steps.push({ keyword, from: from ?? undefined, words, text, isExec })
  }
  return stages
}
