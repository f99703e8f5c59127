import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { describeEnding, type Program } from '../processes/program.js'

/** Longer than a run or a collection takes on a machine that is very busy. */
const TIMEOUT_MS = 120_000

/** The flags of Node that load one of the listeners of this folder, which are built beside the command. */
export const listenerFlags = (name: 'tell-memory' | 'tell-between-runs') => [
  '--expose-gc',
  '--import',
  fileURLToPath(new URL(`./${name}.js`, import.meta.url)),
]

/** Takes what a process tells of its memory out of its output. */
export class Sampler {
  #onSample: (bytes: number) => void = () => {}

  /** For each line of the process. */
  hear(line: string): void {
    if (line.startsWith('{"used_bytes"')) this.#onSample(Sample.parse(JSON.parse(line)).used_bytes)
  }

  /** The first thing that is told after `ask`. @throws when the process ends instead, or says nothing for long */
  async next(program: Program, ask: () => unknown): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const seconds = TIMEOUT_MS / 1_000
      const message = [`${program.name} told nothing of its memory for ${seconds} s`, ...program.lastLines].join('\n  ')
      timer = setTimeout(() => reject(new Error(message)), TIMEOUT_MS)
    })
    const ended = program.ended.then((ending): never => {
      throw new Error(describeEnding(program, ending))
    })
    const told = new Promise<number>((resolve) => {
      this.#onSample = resolve
    })
    try {
      ask()
      return await Promise.race([told, ended, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

const Sample = z.object({ used_bytes: z.int() })
