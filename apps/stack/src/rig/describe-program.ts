import { readFileSync } from 'node:fs'
import type { Program } from '../processes/program.js'

const LINES_TOLD = 8
const LINE_LENGTH = 300

/** For a report: what the kernel says of the process, and its last words. */
export function describeProgram({ name, usage: { pid }, lastLines }: Program): string {
  const lines = lastLines.slice(-LINES_TOLD).map((line) => `\n    ${line.slice(0, LINE_LENGTH)}`)
  return `${name}, process ${pid}: ${processState(pid)}; last lines:${lines.join('') || ' none'}`
}

/** As the kernel calls it, such as `S (sleeping)`. */
export function processState(pid: number | undefined): string {
  try {
    return /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 'unknown'
  } catch {
    return 'gone'
  }
}
