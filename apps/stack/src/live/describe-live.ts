import { describeProgram } from '../rig/describe-program.js'
import { query, SESSIONS } from '../rig/query.js'
import type { LiveSystem } from './live-system.js'
import { unsettled } from './quiet.js'

/** Whatever does not answer by then is part of the answer. */
const LOOK_LIMIT_MS = 12_000

const SHARDS = 'select * from gateway_shard order by shard_count, shard_id'
const GUILDS = 'select * from guild_sync order by guild_id'
const RUNS = 'select id, guild_id, state, started_at, heartbeat_at, error from sync_run order by id desc limit 8'

/** For a hang that has to explain itself: every process and its last words, the wires, shards, guilds, runs, sessions. */
export async function describeLive(system: LiveSystem): Promise<string> {
  const { syncers, simulator, wires, steps, databaseUrl, gateway } = system
  const open = steps.open
  const programs = [...syncers.values(), system.lastApi, simulator].filter((it) => it !== undefined)
  const looks: [string, () => Promise<unknown>][] = [
    ['not settled', () => unsettled(system, { isMending: true })],
    ['shards', () => query(databaseUrl, SHARDS)],
    ['guilds', () => query(databaseUrl, GUILDS)],
    ['runs', () => query(databaseUrl, RUNS)],
    ['sessions in Postgres', () => query(databaseUrl, SESSIONS)],
    ['sessions of the gateway', () => gateway.ask('GET', '/gateway/sessions')],
    ['faults of the gateway', () => gateway.ask('GET', '/gateway/faults')],
  ]
  const looked = await Promise.all(
    looks.map(async ([name, look]) => {
      const found = await steps.take(name, look, LOOK_LIMIT_MS).catch((error: unknown) => `not to be had: ${error}`)
      return `${name}: ${JSON.stringify(found)}`
    }),
  )
  return [
    `still waited for: ${open.join(' › ') || 'nothing'}`,
    `struck in this round: ${system.struck.join(', ') || 'nothing'}`,
    ...programs.map(describeProgram),
    ...Object.entries(wires).map(([name, wire]) => `wire of the ${name}: ${JSON.stringify(wire.state)}`),
    ...looked,
    ...system.sayings.told.map((said) => `said: ${said}`),
  ].join('\n')
}
