import { chmod, cp, lstat, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from './account.js'
import { linkLibraries } from './link-libraries.js'

/**
 * The path of a copy of `native` under a temporary folder that `account` can reach. It is made once for a `name`, and
 * appears whole or not at all: it is filled under another name and renamed.
 *
 * @throws when something that another user could have planted is in its place
 */
export async function copyBinaries(native: string, name: string, account: Account | undefined): Promise<string> {
  const parent = await reachableTemporaryFolder(account)
  const copy = join(parent, name)
  if (await isOurs(copy)) {
    if (await isWhole(native, copy)) return copy
    // A cleaner of temporary files has been at it; a server that still runs from it keeps its open files.
    await rm(copy, { recursive: true, force: true })
  }
  const fresh = await mkdtemp(join(parent, `${name}-`))
  try {
    await cp(native, fresh, { recursive: true, verbatimSymlinks: true })
    await linkLibraries(fresh)
    await openForReading(fresh)
    await rename(fresh, copy)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // ENOTEMPTY: another process was quicker, and made the same.
    if (!(await isOurs(copy))) throw error
  }
  return copy
}

/** `TMPDIR` may be private to its user; the two others are there for everybody. */
async function reachableTemporaryFolder(account: Account | undefined): Promise<string> {
  if (account === undefined) return tmpdir()
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await isOpenToAll(folder)) return folder
  }
  throw new Error(`No temporary folder that user ${account.uid} can reach`)
}

async function isOpenToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  return (mode & 0o001) !== 0 && (path === dirname(path) || isOpenToAll(dirname(path)))
}

/** Whether `path` is a folder that nobody but this user could have filled; false when there is nothing. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return false
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return true
  throw new Error(`${path} can be changed by another user, so no program is run from it. Remove it and start again.`)
}

async function isWhole(native: string, copy: string): Promise<boolean> {
  for (const name of await readdir(native, { recursive: true })) {
    const [original, copied] = await Promise.all([
      lstat(join(native, name)),
      lstat(join(copy, name)).catch(() => undefined),
    ])
    if (copied === undefined || (original.isFile() && copied.size !== original.size)) return false
  }
  return true
}

/** Whatever the umask of the one who installed: readable by all, writable by none but the owner. */
async function openForReading(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}
