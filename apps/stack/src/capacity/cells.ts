/** Which of the two processes is in a group with limits; the other has the machine. */
export type Subject = 'api' | 'syncer'

/** One measurement: a process of this size, and a guild. */
export interface Cell {
  readonly subject: Subject
  readonly memoryMiB: number
  /** In cores. */
  readonly cpus: number
  readonly members: number
}

/** What to measure: every combination, but see {@link cellsOf}. */
export interface Matrix {
  readonly apiMemoryMiB: readonly number[]
  readonly syncerMemoryMiB: readonly number[]
  readonly cpus: readonly number[]
  readonly members: readonly number[]
}

/** What `k8s/` gives each of them. */
export const DEPLOYED_MIB: Readonly<Record<Subject, number>> = { api: 192, syncer: 128 }

/** The first of each is too small, and has to be refused. */
export const WHOLE_MATRIX: Matrix = {
  apiMemoryMiB: [112, 128, 160, 192, 256],
  syncerMemoryMiB: [96, 112, 128, 160, 192],
  cpus: [0.25, 0.5, 1],
  members: [80_000, 800_000],
}

export const QUICK_MATRIX: Matrix = {
  apiMemoryMiB: [112, 128, 192],
  syncerMemoryMiB: [96, 112, 128],
  cpus: [0.25, 1],
  members: [80_000],
}

/** A guild from this size on is measured in part only. */
export const LARGE_GUILD = 200_000

/**
 * The cells of a matrix, one guild after the other. Of a large guild, which takes minutes a cell, only those are measured
 * that tell something new: what is deployed at half a core and more, and less memory at the most CPU. One CPU is enough to
 * see that a process is refused.
 *
 * @param leastMiB - below it a process does not start
 */
export function cellsOf(matrix: Matrix, leastMiB: Readonly<Record<Subject, number>>): Cell[] {
  const { members, cpus } = matrix
  const mostCpus = Math.max(...cpus)
  const isWorthwhile = ({ subject, memoryMiB, cpus, members }: Cell): boolean => {
    const deployedMiB = DEPLOYED_MIB[subject]
    if (memoryMiB < leastMiB[subject]) return cpus === mostCpus && members < LARGE_GUILD
    if (members < LARGE_GUILD) return true
    return memoryMiB === deployedMiB ? cpus >= 0.5 : memoryMiB < deployedMiB && cpus === mostCpus
  }
  const all = members.flatMap((members) =>
    (['api', 'syncer'] as const).flatMap((subject) =>
      matrix[`${subject}MemoryMiB`].flatMap((memoryMiB) =>
        cpus.map((cpus): Cell => ({ subject, memoryMiB, cpus, members })),
      ),
    ),
  )
  return all.filter(isWorthwhile)
}

/** `API, 192Mi, 500m, 80,000 members` */
export function tellCell({ subject, memoryMiB, cpus, members }: Cell): string {
  return `${NAMES[subject]}, ${memoryMiB}Mi, ${tellCpus(cpus)}, ${members.toLocaleString('en')} members`
}

/** As a manifest has it. */
export const tellCpus = (cpus: number) => (Number.isInteger(cpus) ? `${cpus}` : `${Math.round(cpus * 1_000)}m`)

export const NAMES: Readonly<Record<Subject, string>> = { api: 'API', syncer: 'syncer' }
