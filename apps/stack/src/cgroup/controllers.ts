import { join } from 'node:path'

/** A file of a cgroup and what is to be written into it. */
export type Setting = readonly [file: string, value: string]

/** A group's, by controller. */
export interface Directories {
  readonly memory: string
  readonly cpu: string
}

/** What a group has used since it was made. */
export interface CgroupUsage {
  /** Of all that is charged to it, the cache of files included; undefined where the kernel does not keep it. */
  readonly peakBytes: number | undefined
  /** Processes that the kernel killed because the group had no memory left. */
  readonly oomKills: number
  /** Time slices in which it had something to run, and those of them in which its quota stopped it. */
  readonly periods: number
  readonly throttledPeriods: number
  readonly throttledSeconds: number
}

/** What one version of cgroups calls its files. */
export interface Controllers {
  /** Where the files of a group of this name are: two directories under version 1, one under version 2. */
  directories(name: string): Directories
  memory(bytes: number): readonly Setting[]
  cpu(cpus: number): readonly Setting[]
  /** Worth trying; that it cannot be written is no fault. */
  withoutSwap(bytes: number): readonly Setting[]
  /** @param read - the text of a file of the group, empty where there is none */
  usage(read: (file: string) => string): CgroupUsage
}

const PERIOD_MICROSECONDS = 100_000
/** The kernel takes no smaller quota. */
const LEAST_QUOTA_MICROSECONDS = 1_000

/** @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html and https://docs.kernel.org/scheduler/sched-bwc.html */
export const version1 = (memory: string, cpu: string): Controllers => ({
  directories: (name) => ({ memory: join(memory, name), cpu: join(cpu, name) }),
  memory: (bytes) => [['memory.limit_in_bytes', `${bytes}`]],
  withoutSwap: (bytes) => [['memory.memsw.limit_in_bytes', `${bytes}`]],
  cpu: (cpus) => [
    ['cpu.cfs_period_us', `${PERIOD_MICROSECONDS}`],
    ['cpu.cfs_quota_us', `${quota(cpus)}`],
  ],
  usage: (read) => ({
    peakBytes: toCount(read('memory.max_usage_in_bytes')),
    oomKills: entry(read('memory.oom_control'), 'oom_kill'),
    ...throttling(read('cpu.stat')),
    throttledSeconds: entry(read('cpu.stat'), 'throttled_time') / 1e9,
  }),
})

/** @see https://docs.kernel.org/admin-guide/cgroup-v2.html */
export const version2 = (parent: string): Controllers => ({
  directories: (name) => ({ memory: join(parent, name), cpu: join(parent, name) }),
  memory: (bytes) => [['memory.max', `${bytes}`]],
  withoutSwap: () => [['memory.swap.max', '0']],
  cpu: (cpus) => [['cpu.max', `${quota(cpus)} ${PERIOD_MICROSECONDS}`]],
  usage: (read) => ({
    // Since Linux 5.19.
    peakBytes: toCount(read('memory.peak')),
    oomKills: entry(read('memory.events'), 'oom_kill'),
    ...throttling(read('cpu.stat')),
    throttledSeconds: entry(read('cpu.stat'), 'throttled_usec') / 1e6,
  }),
})

const quota = (cpus: number) => Math.max(LEAST_QUOTA_MICROSECONDS, Math.round(cpus * PERIOD_MICROSECONDS))

const throttling = (stat: string) => ({
  periods: entry(stat, 'nr_periods'),
  throttledPeriods: entry(stat, 'nr_throttled'),
})

/** The number behind a name in a file of `name number` lines; 0 where it is not told. */
function entry(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

const toCount = (text: string) => (/^\d+\n?$/.test(text) ? Number(text) : undefined)
