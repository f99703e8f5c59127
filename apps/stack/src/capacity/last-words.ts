import type { Ending, Program } from '../processes/program.js'

const ERROR = 50

/** Why a process ended, in one line: its last error, or else its last line, and how it ended. */
export function lastWords({ name, lastLines }: Pick<Program, 'name' | 'lastLines'>, { code, signal }: Ending): string {
  const words = lastLines.findLast((line) => errorOf(line) !== undefined) ?? lastLines.at(-1)
  const ending = `${name} ended with ${signal ?? `exit code ${code}`}`
  return words === undefined ? ending : `${ending}: ${errorOf(words) ?? words}`
}

/** The sentence of a line of the log that tells of an error. */
function errorOf(line: string): string | undefined {
  try {
    const { level, msg } = JSON.parse(line)
    return level >= ERROR && typeof msg === 'string' ? msg : undefined
  } catch {
    return undefined
  }
}
