import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '../processes/program.js'
import type { FaultProxy } from './fault-proxy.js'
import { query } from './query.js'
import type { Random } from './random.js'
import { kill, type System } from './system.js'

/** What a fault strikes. */
export interface Target {
  readonly system: System
  readonly syncer: Program
}

/** A fault with its particulars drawn. It is over, and what it killed is back, when the promise is. */
export interface Fault {
  readonly name: string
  readonly strike: (target: Target) => Promise<void>
}

type Wire = keyof System['wires']

const onWire = (act: (wire: FaultProxy) => Promise<void> | void, wire: Wire) => async (target: Target) =>
  act(target.system.wires[wire])

const discord =
  (fault: { readonly fault: string } & Record<string, unknown>) =>
  ({ system }: Target) =>
    system.guild.misbehave(fault)

const BACKENDS = `select pid from pg_stat_activity where application_name = 'rollcall-api' and pid <> pg_backend_pid()`

/**
 * Everything that goes wrong between the processes and to them, and in Discord. The times are short, because a run is; the
 * order is no matter.
 */
const KINDS: Readonly<Record<string, (random: Random, wire: Wire) => Fault['strike']>> = {
  'kill-syncer': () => async (target) => kill(target.syncer),
  'kill-api': () => (target) => target.system.killApi(),
  'crash-postgres': () => (target) => target.system.crashPostgres(),
  'kill-backend': (random) => {
    const share = random.share()
    return async ({ system }) => {
      const pids = await query<{ pid: number }>(system.databaseUrl, BACKENDS)
      const pid = pids[Math.floor(share * pids.length)]?.pid
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    }
  },
  'end-sessions': () => async (target) => {
    await query(target.system.databaseUrl, `select pg_terminate_backend(pid) from (${BACKENDS}) as backend`)
  },
  reset: (_random, wire) => onWire((it) => it.reset(), wire),
  cut: (random, wire) => {
    const bytes = random.integer(0, 20_000)
    return onWire((it) => it.cutAfter(bytes), wire)
  },
  delay: (random, wire) => {
    const [byMs, forMs] = [random.integer(5, 50), random.integer(200, 800)]
    return onWire((it) => it.delay(byMs, forMs), wire)
  },
  'black-hole': (random, wire) => {
    const forMs = random.integer(200, 1_000)
    return onWire((it) => it.blackHole(forMs), wire)
  },
  refuse: (random, wire) => {
    const forMs = random.integer(100, 800)
    return onWire((it) => it.refuse(forMs), wire)
  },
  'discord-429': (random) => {
    const scope = random.pick(['user', 'shared', 'html'])
    return discord({ fault: `rate_limit_${scope}`, retry_after: 0.3, times: random.integer(1, 2) })
  },
  'discord-5xx': (random) => discord({ fault: 'server_error', status: random.pick([500, 502, 503, 504]), times: 2 }),
  'discord-reset': (random) => discord({ fault: 'socket_reset', in_body: random.pick([true, false]) }),
  'discord-half-json': () => discord({ fault: 'truncated_json' }),
  'discord-short-page': (random) => discord({ fault: 'short_page', keep: random.integer(0, 999) }),
  'discord-empty-pages': () => discord({ fault: 'empty_members', times: 0 }),
  'discord-order': (random) => discord({ fault: random.pick(['page_out_of_order', 'page_duplicate_id']) }),
  'discord-roles-missing': (random) => discord({ fault: 'roles_missing', count: random.integer(1, 40) }),
}

const ON_A_WIRE = new Set(['reset', 'cut', 'delay', 'black-hole', 'refuse'])

export const FAULT_NAMES: readonly string[] = Object.keys(KINDS)

/** Draws one of the named faults. */
export function drawFault(random: Random, names: readonly string[]): Fault {
  const name = random.pick(names)
  const wire = random.pick<Wire>(['api', 'database'])
  const kind = KINDS[name]
  if (kind === undefined) throw new Error(`There is no fault named ${name}`)
  const strike = kind(random, wire)
  return { name: ON_A_WIRE.has(name) ? `${name} (${wire} wire)` : name, strike: (target) => patiently(strike, target) }
}

const TRIES = 20

/** Two faults may meet: nobody can look for a backend of a Postgres that is down. */
async function patiently(strike: Fault['strike'], target: Target): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await strike(target)
    } catch (error) {
      if (attempt === TRIES) throw error
      await sleep(100)
    }
  }
}
