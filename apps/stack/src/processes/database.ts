import { Scope } from '@rollcall/contract'
import { execa } from 'execa'
import { ENTRY_POINTS } from '../entry-points.js'
import { definedOf, machineEnv } from './program.js'

/** Brings the tables up to date. */
export async function migrate(databaseUrl: string): Promise<void> {
  await run(databaseUrl, [ENTRY_POINTS.migrate])
}

/** A new key for the syncer, which may do all that the native API offers. It is told only once. */
export async function createToken(databaseUrl: string, name: string): Promise<string> {
  return run(databaseUrl, [ENTRY_POINTS.token, 'create', '--name', name, '--scopes', Scope.options.join(',')])
}

/** @throws with what the command wrote to standard error */
async function run(databaseUrl: string, args: readonly string[]): Promise<string> {
  const env = definedOf({ ...machineEnv(), DATABASE_URL: databaseUrl })
  const { stdout } = await execa(process.execPath, args, { env, extendEnv: false, stdin: 'ignore' })
  return stdout.trim()
}
