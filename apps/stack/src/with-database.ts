import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findEmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { ENTRY_POINTS, NODE_FLAGS } from './entry-points.js'
import { migrate } from './processes/database.js'
import { startProgram } from './processes/program.js'
import type { Running } from './processes/running.js'
import { runCommand, UsageError } from './run-command.js'

interface Program {
  readonly entryPoint: string
  readonly nodeFlags: readonly string[]
  /** What the embedded Postgres must have for it; `unfit`: the embedded Postgres is not what anybody means. */
  readonly embedded: 'with tables' | 'empty' | 'unfit'
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  api: { entryPoint: ENTRY_POINTS.api, nodeFlags: NODE_FLAGS.api, embedded: 'with tables' },
  token: { entryPoint: ENTRY_POINTS.token, nodeFlags: [], embedded: 'with tables' },
  migrate: { entryPoint: ENTRY_POINTS.migrate, nodeFlags: [], embedded: 'empty' },
  // A dump of some other, empty database would pass for the backup.
  digest: { entryPoint: ENTRY_POINTS.digest, nodeFlags: [], embedded: 'unfit' },
}

/**
 * `npm run api`, `token`, `migrate` and `digest`: one program of the API on the database of DATABASE_URL or, where that is not set,
 * on the embedded Postgres of `npm start`: the running one, or one that is started for as long as the program runs. `digest`
 * needs DATABASE_URL.
 */
async function withDatabase(running: Running): Promise<number> {
  const [name, ...args] = process.argv.slice(2)
  const program = Object.entries(PROGRAMS).find(([it]) => it === name)?.[1]
  if (!program) throw new UsageError(`Expected one of ${Object.keys(PROGRAMS).join(', ')}.`)
  const url = process.env.DATABASE_URL || (await embeddedUrl(running, program, args.includes('--help')))
  const { entryPoint, nodeFlags } = program
  const env = { ...process.env, DATABASE_URL: url }
  const child = await running.add(
    startProgram({ name: `npm run ${name}`, entryPoint, nodeFlags, args, env, output: 'terminal' }),
  )
  return (await child.ended).code ?? 1
}

async function embeddedUrl(running: Running, { embedded }: Program, isForHelp: boolean): Promise<string> {
  if (embedded === 'unfit') {
    if (isForHelp) return ''
    throw new UsageError('DATABASE_URL is not set: say of which database, as in DATABASE_URL=… npm run -s digest')
  }
  const dataDir = join(resolve(process.env.DATA_DIR || '.data'), 'postgres')
  const found = await findEmbeddedPostgres(dataDir)
  if (found !== undefined) return found
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const { url } = await running.add(startEmbeddedPostgres({ dataDir }))
  if (embedded === 'with tables') await migrate(url)
  return url
}

await runCommand(withDatabase, { interruptedCode: 0 })
