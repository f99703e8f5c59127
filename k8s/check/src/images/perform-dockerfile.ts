import { cp, mkdir, readFile, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import ignore from '@balena/dockerignore'
import { execa } from 'execa'
import { readDockerfile, type Stage, type Step } from './read-dockerfile.js'

export interface Performed {
  /** Where the image's process would start. */
  readonly folder: string
  readonly command: readonly string[]
}

export interface PerformOptions {
  /** What `docker build` is given. */
  readonly context: string
  readonly dockerfile: string
  /** Empty; each stage gets a folder in it. */
  readonly into: string
}

interface Built {
  readonly root: string
  workdir: string
  command: { ENTRYPOINT: readonly string[]; CMD: readonly string[] }
}

/**
 * Does what a Dockerfile says, in folders instead of containers: the same copies, the same commands. It shows that the steps
 * fit together and that the last stage has what its process needs, where there is no Docker. The base image is this machine.
 */
export async function performDockerfile({ context, dockerfile, into }: PerformOptions): Promise<Performed> {
  const isLetIn = ignore
    .default()
    .add(await readFile(join(context, '.dockerignore'), 'utf8'))
    .createFilter()
  const built = new Map<string, Built>()
  let last: Built | undefined
  for (const [index, stage] of readDockerfile(await readFile(dockerfile, 'utf8')).entries()) {
    last = await beginStage(stage, join(into, `${index}`), built)
    if (stage.name) built.set(stage.name, last)
    for (const step of stage.steps) await perform(step, last, { context, isLetIn, built })
  }
  if (!last) throw new Error(`${dockerfile} has no stage`)
  const { ENTRYPOINT, CMD } = last.command
  return { folder: join(last.root, last.workdir), command: [...ENTRYPOINT, ...CMD] }
}

async function beginStage({ base }: Stage, root: string, built: ReadonlyMap<string, Built>): Promise<Built> {
  await mkdir(root, { recursive: true })
  const from = built.get(base)
  if (!from) return { root, workdir: '/', command: { ENTRYPOINT: [], CMD: [] } }
  await cp(from.root, root, { recursive: true, verbatimSymlinks: true })
  return { ...from, root }
}

interface Surroundings {
  readonly context: string
  readonly isLetIn: (path: string) => boolean
  readonly built: ReadonlyMap<string, Built>
}

async function perform(step: Step, stage: Built, surroundings: Surroundings): Promise<void> {
  switch (step.keyword) {
    case 'WORKDIR':
      stage.workdir = step.text
      await mkdir(join(stage.root, stage.workdir), { recursive: true })
      return
    case 'COPY':
      return await copy(step, stage, surroundings)
    case 'RUN':
      await execa('sh', ['-c', step.text], { cwd: join(stage.root, stage.workdir), stdout: 'ignore' })
      return
    case 'ENTRYPOINT':
    case 'CMD':
      stage.command = { ...stage.command, [step.keyword]: step.words }
  }
}

async function copy(
  { words, from: name }: Step,
  stage: Built,
  { context, isLetIn, built }: Surroundings,
): Promise<void> {
  const from = name === undefined ? undefined : built.get(name)
  const target = words.at(-1) ?? ''
  for (const source of words.slice(0, -1)) {
    const path = join(from?.root ?? context, source)
    // A folder's content is copied; a file keeps its name where the target ends in a slash.
    const keepsName = target.endsWith('/') && (await stat(path)).isFile()
    await cp(path, join(stage.root, stage.workdir, target, keepsName ? basename(source) : ''), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (it) => from !== undefined || it === context || isLetIn(relative(context, it)),
    })
  }
}
