import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stoppable } from './running.js'

/** A folder of our own that is removed when it is "stopped". */
export async function temporaryFolder(prefix: string): Promise<Stoppable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  return { path, stop: () => rm(path, { recursive: true, force: true }) }
}
