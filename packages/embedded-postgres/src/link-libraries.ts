import { readFile, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

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
