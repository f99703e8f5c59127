import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What the container may use; undefined where nothing limits it. */
export interface Container {
  readonly memoryBytes: number | undefined
  /** In cores: 0.5 is `500m`. */
  readonly cpus: number | undefined
}

/** cgroup v1 writes "no limit" as the largest page-aligned number. */
const UNLIMITED_BYTES = 2 ** 62

/**
 * Reads the limits of the cgroup that this process is in, version 2 or 1. A group is limited by every group above it too, so
 * the smallest of them counts. Where there are no cgroups, nothing is limited.
 *
 * @param root - of the file system; another in tests
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 */
export async function readContainer(root = '/'): Promise<Container> {
  const cgroups = join(root, 'sys/fs/cgroup')
  const paths = await cgroupPaths(root)
  const memory = [
    ...(await along(cgroups, paths.unified, 'memory.max', toBytes)),
    ...(await along(join(cgroups, 'memory'), paths.memory, 'memory.limit_in_bytes', toBytes)),
  ]
  const cpu = [
    ...(await along(cgroups, paths.unified, 'cpu.max', quotaToCpus)),
    ...(await along(join(cgroups, 'cpu'), paths.cpu, 'cpu.cfs_quota_us', toNumber, 'cpu.cfs_period_us')),
  ]
  return { memoryBytes: smallest(memory), cpus: smallest(cpu) }
}

/** Where this process stands: in the one hierarchy of version 2, and in two of version 1. */
export interface CgroupPaths {
  readonly unified: string
  readonly memory: string
  readonly cpu: string
}

/**
 * The cgroups of this process, `/` where it is in none: `0::/path` is version 2; `4:memory:/path` and
 * `2:cpu,cpuacct:/path` are version 1.
 *
 * @param root - of the file system; another in tests
 */
export async function cgroupPaths(root = '/'): Promise<CgroupPaths> {
  const paths = { unified: '/', memory: '/', cpu: '/' }
  for (const line of (await text(join(root, 'proc/self/cgroup'))).split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (path === undefined) continue
    if (controllers === '') paths.unified = path
    for (const name of controllers?.split(',') ?? []) if (name === 'memory' || name === 'cpu') paths[name] = path
  }
  return paths
}

/** Within a container the path may be that of the host, whose groups are not to be seen; the mount's own root then counts. */
async function along(
  mount: string,
  path: string,
  file: string,
  read: (text: string) => number | undefined,
  divisor?: string,
): Promise<number[]> {
  const values: number[] = []
  for (let group = path; ; group = dirname(group)) {
    const value = read(await text(join(mount, group, file)))
    const by = divisor === undefined ? 1 : toNumber(await text(join(mount, group, divisor)))
    if (value !== undefined && by !== undefined) values.push(value / by)
    if (group === '/' || group === '.') return values
  }
}

const text = (path: string) => readFile(path, 'utf8').catch(() => '')

/** A positive number; `max`, −1 and nothing are no limit. */
function toNumber(text: string): number | undefined {
  const number = Number.parseInt(text, 10)
  return number > 0 ? number : undefined
}

function toBytes(text: string): number | undefined {
  const bytes = toNumber(text)
  return bytes !== undefined && bytes < UNLIMITED_BYTES ? bytes : undefined
}

/** `50000 100000`: microseconds in each period. */
function quotaToCpus(text: string): number | undefined {
  const [quota, period] = text.split(' ').map(toNumber)
  return quota === undefined || period === undefined ? undefined : quota / period
}

const smallest = (values: readonly number[]) => (values.length === 0 ? undefined : Math.min(...values))
