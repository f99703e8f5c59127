import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'

/** The user and group that a process is started as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * The account that runs the server: `undefined` means the caller's own. Postgres refuses to run as root, so root gives it
 * to the owner of the existing cluster, or else to `nobody`.
 */
export function serverAccount(clusterDir: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  if (process.platform !== 'linux') {
    throw new Error(
      'Postgres does not run as root, and only on Linux can it be handed to another account. Use another user.',
    )
  }
  const cluster = statSync(clusterDir, { throwIfNoEntry: false })
  if (cluster && cluster.uid !== 0) return { uid: cluster.uid, gid: cluster.gid }
  return { uid: idOf('-u'), gid: idOf('-g') }
}

const idOf = (flag: '-u' | '-g') => Number.parseInt(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }), 10)
