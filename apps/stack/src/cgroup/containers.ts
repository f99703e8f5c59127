import { MEMORY_LIMITS_MIB } from '../memory-limits.js'
import type { Running } from '../processes/running.js'
import { type Cgroup, createCgroup } from './cgroup.js'
import { CgroupUnavailableError } from './find-controllers.js'

const MIB = 1_048_576

/** The memory that API and syncer may use, enforced by the kernel. */
export type Containers = Readonly<Record<'api' | 'syncer', Cgroup>>

/** Undefined where this system does not let us make them: the peaks then show what would have been needed. */
export async function createContainers(running: Running): Promise<Containers | undefined> {
  try {
    const api = await running.add(createCgroup({ memoryBytes: MEMORY_LIMITS_MIB.api * MIB }))
    const syncer = await running.add(createCgroup({ memoryBytes: MEMORY_LIMITS_MIB.syncer * MIB }))
    return { api, syncer }
  } catch (error) {
    if (error instanceof CgroupUnavailableError) return undefined
    throw error
  }
}
