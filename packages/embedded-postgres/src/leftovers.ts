import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Ends the processes that a server left when its main process was killed. Nearly all notice and end by themselves; one that
 * waits for a lock whose holder was killed, too, waits without end, holds the shared memory so that no server can start on
 * the folder, and keeps connections that never answer. Nothing is lost: the next start replays the log in any case.
 *
 * Linux only; elsewhere a person has to.
 *
 * @see https://www.postgresql.org/docs/current/app-postgres.html (about SIGKILL)
 */
export async function endLeftovers(clusterDir: string): Promise<void> {
  if (process.platform !== 'linux') return
  const folder = await realpath(clusterDir).catch(() => undefined)
  // Removed with all that was in it.
  if (folder === undefined) return
  const main = Number.parseInt(await textOf(join(clusterDir, 'postmaster.pid')), 10)
  for (const name of await readdir('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === main || !(await isServerProcess(pid, folder))) continue
    // Those of a main process that lives belong to it.
    if ((await parentOf(pid)) === main && (await isServerProcess(main, folder))) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function isServerProcess(pid: number, folder: string): Promise<boolean> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return cwd === folder && (await textOf(`/proc/${pid}/comm`)).trim() === 'postgres'
}

async function parentOf(pid: number): Promise<number> {
  return Number(/^PPid:\s+(\d+)$/m.exec(await textOf(`/proc/${pid}/status`))?.[1])
}

/** Empty when there is no such file any more. */
const textOf = (path: string) => readFile(path, 'utf8').catch(() => '')
