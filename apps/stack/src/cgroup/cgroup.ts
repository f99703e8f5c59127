import { readFileSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { CgroupUsage, Controllers, Directories, Setting } from './controllers.js'
import { CgroupUnavailableError, findControllers } from './find-controllers.js'

/** Enforced by the kernel; what is left out is not limited. */
export interface CgroupLimits {
  readonly memoryBytes?: number | undefined
  /** In cores: 0.5 is `500m`. */
  readonly cpus?: number | undefined
}

/** A group of processes with limits, as a container is one. */
export interface Cgroup {
  /** The same command, started so that it is in the group from its first instruction on; its process id stays. */
  readonly enter: (command: readonly string[]) => readonly [string, ...string[]]
  /** Until {@link Cgroup.stop}. */
  usage(): CgroupUsage
  /** Kills what is still in the group, and removes it. */
  stop(): Promise<void>
}

const REMOVAL_TIMEOUT_MS = 5_000
const REMOVAL_POLL_MS = 20
/** Under version 2 both are the same group. A shell uses 126 and 127 for a command that cannot be run. */
const ENTER = 'for it in "$1" "$2"; do echo $$ > "$it/cgroup.procs" || exit 125; done; shift 2; exec "$@"'

let made = 0

/**
 * Makes a group with these limits, without swap: what outgrows its memory is killed. The process in it sees the limits as
 * it would in a container, because it is the group of its `/proc/self/cgroup` that has them.
 *
 * @param root - of the file system; another in tests
 * @throws {@link CgroupUnavailableError}
 */
export async function createCgroup({ memoryBytes, cpus }: CgroupLimits, root = '/'): Promise<Cgroup> {
  const controllers = await findControllers(root)
  const directories = controllers.directories(`rollcall-${process.pid}-${++made}`)
  try {
    for (const directory of distinct(directories)) await mkdir(directory)
    if (memoryBytes !== undefined) {
      await set(directories, controllers.memory(memoryBytes))
      await set(directories, controllers.withoutSwap(memoryBytes)).catch(() => {})
    }
    if (cpus !== undefined) await set(directories, controllers.cpu(cpus))
  } catch (error) {
    await remove(directories)
    throw new CgroupUnavailableError(error instanceof Error ? error.message : String(error))
  }
  return {
    enter: (command) => ['/bin/sh', '-c', ENTER, 'rollcall-cgroup', directories.memory, directories.cpu, ...command],
    usage: () => usageOf(controllers, directories),
    stop: () => remove(directories),
  }
}

async function set(directories: Directories, settings: readonly Setting[]): Promise<void> {
  for (const [file, value] of settings) await writeFile(join(directoryOf(directories, file), file), value)
}

function usageOf(controllers: Controllers, directories: Directories): CgroupUsage {
  return controllers.usage((file) => {
    try {
      return readFileSync(join(directoryOf(directories, file), file), 'utf8')
    } catch {
      return ''
    }
  })
}

/** A file's name begins with its controller's. */
const directoryOf = ({ memory, cpu }: Directories, file: string) => (file.startsWith('cpu.') ? cpu : memory)

const distinct = ({ memory, cpu }: Directories) => new Set([memory, cpu])

/** A group can be removed once its last process is gone, which takes the kernel a moment. */
async function remove(directories: Directories): Promise<void> {
  for (const directory of distinct(directories)) {
    for (let waitedMs = 0; ; waitedMs += REMOVAL_POLL_MS) {
      try {
        await rmdir(directory)
        break
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') break
        if (waitedMs >= REMOVAL_TIMEOUT_MS) throw error
      }
      await killAll(directory)
      await delay(REMOVAL_POLL_MS)
    }
  }
}

async function killAll(directory: string): Promise<void> {
  const pids = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '')
  for (const pid of pids.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}
