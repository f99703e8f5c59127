import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '../processes/program.js'
import { kill } from '../rig/backend.js'
import { query } from '../rig/query.js'
import type { Random } from '../rig/random.js'
import { type CountHits, counted, wireFaults } from '../rig/wire-faults.js'
import type { System } from './system.js'

/** What a fault strikes. */
export interface Target {
  readonly system: System
  /** Undefined before the run has begun. */
  readonly syncer: Program | undefined
}

/** A fault with its particulars drawn. It is over, and what it killed is back, when the promise is. */
export interface Fault {
  readonly name: string
  /** How much of what a calm run sends and receives goes before it, 0 to 1. */
  readonly atShare: number
  readonly strike: (target: Target) => Promise<CountHits>
}

type Strike = Fault['strike']

const discord =
  (fault: { readonly fault: string } & Record<string, unknown>): Strike =>
  async ({ system }) => {
    const id = await system.guild.misbehave(fault)
    return () => system.guild.hitsOf(id)
  }

const BACKENDS = `select pid from pg_stat_activity where application_name = 'rollcall-api' and pid <> pg_backend_pid()`
const SESSIONS = 'select count(*)::int as ended from (select pg_terminate_backend(pid) from'

/** On a Postgres that is up, and up again after it; tried again while the API has no session. */
const onSessions = (act: (system: System) => Promise<number>): Strike =>
  counted(({ system }) =>
    system.afterRepairs(async () => {
      const hits = await patiently(() => act(system))
      await system.untilDatabaseAnswers()
      return hits
    }),
  )

const KINDS: Readonly<Record<string, (random: Random) => Strike>> = {
  'kill-syncer': () => counted(async ({ syncer }) => Number(syncer !== undefined && kill(syncer))),
  'kill-api': () => counted(({ system }) => system.killApi()),
  'crash-postgres': () => counted(({ system }) => system.crashPostgres()),
  'kill-backend': (random) => {
    const share = random.share()
    return onSessions(async (system) => {
      const pids = await query<{ pid: number }>(system.databaseUrl, BACKENDS)
      const pid = pids[Math.floor(share * pids.length)]?.pid
      return Number(pid !== undefined && process.kill(pid, 'SIGKILL'))
    })
  },
  'end-sessions': () =>
    onSessions(async (system) => {
      const [row] = await query<{ ended: number }>(system.databaseUrl, `${SESSIONS} (${BACKENDS}) as backend) as it`)
      return row?.ended ?? 0
    }),
  ...wireFaults('api'),
  ...wireFaults('database'),
  'discord-429': (random) => {
    const scope = random.pick(['user', 'shared', 'html'])
    return discord({ fault: `rate_limit_${scope}`, retry_after: 0.3, times: random.integer(1, 2) })
  },
  'discord-5xx': (random) => discord({ fault: 'server_error', status: random.pick([500, 502, 503, 504]), times: 2 }),
  'discord-reset': (random) => discord({ fault: 'socket_reset', in_body: random.pick([true, false]) }),
  'discord-half-json': () => discord({ fault: 'truncated_json' }),
  'discord-short-page': (random) => discord({ fault: 'short_page', keep: random.integer(0, 99) }),
  'discord-empty-pages': () => discord({ fault: 'empty_members', times: 0 }),
  'discord-order': (random) => discord({ fault: random.pick(['page_out_of_order', 'page_duplicate_id']) }),
  'discord-roles-missing': (random) => discord({ fault: 'roles_missing', count: random.integer(1, 20) }),
}

export const FAULT_NAMES: readonly string[] = Object.keys(KINDS)

/** Draws the particulars of the named fault, and when it strikes. */
export function drawFault(random: Random, name: string): Fault {
  const kind = KINDS[name]
  if (kind === undefined) throw new Error(`There is no fault named ${name}`)
  const share = random.share()
  return { name, atShare: earlyEnough(name, share), strike: kind(random) }
}

/** Discord is read ahead of what is sent, its roles before anything else: a later lie would meet nobody. */
function earlyEnough(name: string, share: number): number {
  if (name === 'discord-roles-missing') return 0
  return name.startsWith('discord-') ? Math.max(0, share - 0.5) : 0.02 + 0.8 * share
}

const TRIES = 50
const PAUSE_MS = 100

/** Two faults may meet, and the API may have no session at the moment. */
async function patiently(strike: () => Promise<number>): Promise<number> {
  for (let attempt = 1; attempt < TRIES; attempt++) {
    const hits = await strike().catch(() => 0)
    if (hits > 0) return hits
    await sleep(PAUSE_MS)
  }
  return strike()
}
