import { execFile } from 'node:child_process'
import { readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { clusterDirOf, noneWhenMissing } from './cluster.js'

const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 20

/**
 * Stops a server that outlived the process that started it, so that its data folder is free.
 *
 * @throws when that process is alive: two servers never share a folder
 */
export async function stopOrphan(dataDir: string): Promise<void> {
  const pid = await serverPid(dataDir)
  if (pid === undefined) return
  const starter = await starterOf(pid, dataDir)
  if (starter !== undefined) {
    throw new Error(`${dataDir} is in use by process ${starter}: stop that one, or choose another data folder`)
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal)
    if (await hasEnded(pid, dataDir)) return
  }
  throw new Error(`The Postgres with process id ${pid} still holds ${dataDir} and does not stop`)
}

/** Whether a server runs on this folder whose starter is alive: to be used, not to be stopped. */
export async function isInUse(dataDir: string): Promise<boolean> {
  const pid = await serverPid(dataDir)
  return pid !== undefined && (await starterOf(pid, dataDir)) !== undefined
}

async function serverPid(dataDir: string): Promise<number | undefined> {
  const pid = await numberIn(join(clusterDirOf(dataDir), 'postmaster.pid'))
  return pid !== undefined && (await isServerOf(pid, dataDir)) ? pid : undefined
}

/** The process that started the server, if it is still its parent. */
async function starterOf(pid: number, dataDir: string): Promise<number | undefined> {
  const starter = await numberIn(join(dataDir, 'starter'))
  return starter !== undefined && (await parentOf(pid)) === starter ? starter : undefined
}

/** Notes who starts the server: an orphan is one whose parent is somebody else. */
export async function noteStarter(dataDir: string): Promise<void> {
  const path = join(dataDir, 'starter')
  await rm(path, { force: true })
  await writeFile(path, `${process.pid}\n`)
}

/** Its id may stay taken: in a container whose first process reaps no orphans it becomes a zombie. */
async function hasEnded(pid: number, dataDir: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (!(await isServerOf(pid, dataDir))) return true
    await delay(POLL_MS)
  }
  return false
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A process id outlives its process: after a reboot it may be anybody's. */
async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return basename(await ps(pid, 'comm')) === 'postgres'
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(noneWhenMissing)
  return cwd !== undefined && cwd === (await realpath(clusterDirOf(dataDir)))
}

async function parentOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') return Number(await ps(pid, 'ppid'))
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8').catch(noneWhenMissing)) ?? ''
  // The name stands in brackets and may hold anything; the parent is the second field after it.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

async function ps(pid: number, column: 'comm' | 'ppid'): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', `${column}=`, '-p', `${pid}`])
  return stdout.trim()
}

/** The number on the first line. */
async function numberIn(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(noneWhenMissing)
  return text === undefined ? undefined : Number.parseInt(text, 10)
}
