import { z } from 'zod'
import type { Cell } from './cells.js'

const Figure = z.number().nullable()

/** What one cell showed. `null`: the system did not tell, or it did not come to that. */
export const CellResult = z.object({
  subject: z.enum(['api', 'syncer']),
  memoryMiB: z.number(),
  cpus: z.number(),
  members: z.number(),
  /** `killed`: by the kernel, for want of memory. */
  outcome: z.enum(['done', 'refused', 'killed', 'failed']),
  /** Last words, when it was not done. */
  told: z.string().nullable(),
  changes: z.number(),
  /** The run as the ledger has it. */
  changesPerSecond: Figure,
  /** Of the syncer's process, from its start to its exit. */
  wallSeconds: Figure,
  /** Resident, shared pages of the program included. */
  apiPeakMiB: Figure,
  syncerPeakMiB: Figure,
  /** Of all that the kernel charged to the group, the cache of files included, which it takes back before it kills. */
  chargedPeakMiB: Figure,
  /** Of the time slices in which the process had something to do. */
  throttledShare: Figure,
  throttledSeconds: Figure,
  oomKills: z.number(),
  syncerExit: z.number().nullable(),
})
export type CellResult = z.output<typeof CellResult>

/** The file that keeps results between pieces of a measurement. */
export const Results = z.object({
  machine: z.object({ cores: z.number(), cpu: z.string(), node: z.string(), measured: z.string() }),
  cells: z.array(CellResult),
})
export type Results = z.output<typeof Results>

export function isSameCell(a: Cell, b: Cell): boolean {
  return a.subject === b.subject && a.memoryMiB === b.memoryMiB && a.cpus === b.cpus && a.members === b.members
}
