import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './account.js'

/** The superuser of an embedded server. */
export const USER = 'rollcall'

/** What is kept in the data folder; `cluster` is Postgres's own. */
export const clusterDirOf = (dataDir: string) => join(dataDir, 'cluster')
export const passwordFileOf = (dataDir: string) => join(dataDir, 'password')

/**
 * How a program run as another account is told of its folder. It starts inside it (`cwd` is entered before the account
 * changes) and must never walk the path from the root, on which it may lack permission: `/root`, a private home.
 */
export const folderArgument = (dir: string, account: Account | undefined) => (account ? '/proc/self/cwd' : dir)

/** Postgres gets none of our environment: no tokens, no `PGDATA`, no locale of the user's. */
export const SERVER_ENV = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }

/**
 * Makes the cluster unless there is one: whole or not at all, so that an interrupted first start is simply begun again.
 *
 * @returns the password of {@link USER}, random, kept in a file that only the server's account and root can read
 */
export async function ensureCluster(dataDir: string, binaries: string, account: Account | undefined): Promise<string> {
  await ensureFolder(dataDir, account)
  const password = await ensurePassword(passwordFileOf(dataDir), account)
  const known = await readFile(join(clusterDirOf(dataDir), 'PG_VERSION'), 'utf8').catch(noneWhenMissing)
  if (known === undefined) {
    const fresh = join(dataDir, 'cluster.new')
    await rm(fresh, { recursive: true, force: true })
    await ensureFolder(fresh, account)
    await initdb(binaries, fresh, account)
    await rename(fresh, clusterDirOf(dataDir))
  }
  return password
}

async function initdb(binaries: string, dir: string, account: Account | undefined): Promise<void> {
  const args = ['-D', folderArgument(dir, account), '--username', USER, '--pwfile', '../password']
  args.push('--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C')
  args.push('--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8')
  await promisify(execFile)(join(binaries, 'bin', 'initdb'), args, { ...account, cwd: dir, env: SERVER_ENV })
}

async function ensureFolder(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (account) await chown(path, account.uid, account.gid)
}

async function ensurePassword(path: string, account: Account | undefined): Promise<string> {
  const known = await readFile(path, 'utf8').catch(noneWhenMissing)
  if (known) return known.trim()
  const password = randomBytes(24).toString('base64url')
  const fresh = `${path}.new`
  await rm(fresh, { force: true })
  await writeFile(fresh, `${password}\n`, { mode: 0o600, flag: 'wx', flush: true })
  if (account) await chown(fresh, account.uid, account.gid)
  await rename(fresh, path)
  return password
}

export function noneWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
