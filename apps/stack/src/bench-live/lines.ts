import type { Line } from '../bench/aims.js'
import { MEMORY_LIMITS_MIB } from '../memory-limits.js'

/** How much longer than the protocol's own pauses a cold start may take. */
const COLD_START_RATIO = 1.2
const SIMULATOR_LIMIT_MIB = 512

const atMost = (limit: number) => ({ of: 'value', atMost: limit }) as const
const ratio = { of: 'ratio', atMost: COLD_START_RATIO } as const

export const LIVE_LINES: readonly Line[] = [
  { name: 'cold start: every shard ready', value: 'cold_ready', unit: 's', against: 'cold_paced', aim: ratio },
  { name: '  every guild stored', value: 'cold_stored', unit: 's', against: 'cold_paced', aim: ratio },
  { name: '  identifies', value: 'cold_identifies' },
  { name: '  identifies that came too soon', value: 'cold_identifies_refused', aim: atMost(0) },
  { name: '  shortest pause of a key', value: 'cold_shortest_pause', unit: 's' },
  { name: '  events that found no room', value: 'cold_dropped', aim: atMost(0) },
  ...cpu('cold'),
  { name: 'storm: events a second', value: 'storm_rate' },
  { name: '  events that were not sent', value: 'storm_missing', aim: atMost(0) },
  { name: '  events received', value: 'storm_received' },
  { name: '  receipt to confirmation, p50', value: 'storm_lag_p50', unit: 's' },
  { name: '  receipt to confirmation, p99', value: 'storm_lag_p99', unit: 's', aim: atMost(2) },
  { name: '  edit to table, p50', value: 'probe_p50', unit: 's' },
  { name: '  edit to table, p99', value: 'probe_p99', unit: 's', aim: atMost(2) },
  { name: '  edits that were timed', value: 'probes' },
  { name: '  until the last was stored', value: 'storm_drain', unit: 's' },
  { name: '  events that found no room', value: 'storm_dropped', aim: atMost(0) },
  { name: '  guilds reconciled meanwhile', value: 'storm_reconciled' },
  ...cpu('storm'),
  { name: 'rolling restart: longest of one process', value: 'restart_longest', unit: 's' },
  { name: '  sessions resumed', value: 'restart_resumed' },
  { name: '  sessions lost, percent', value: 'restart_lost_percent', aim: atMost(1) },
  { name: '  until the last was stored', value: 'restart_drain', unit: 's' },
  { name: 'members compared in the end', value: 'compared_members' },
  { name: '  in guilds', value: 'compared_guilds' },
  { name: '  equal after', value: 'compared_settled', unit: 's' },
  { name: '  that differ', value: 'compared_differences', aim: atMost(0) },
  { name: 'peak of the API', value: 'api_peak_mib', unit: 'MiB', aim: atMost(MEMORY_LIMITS_MIB.api) },
  { name: 'peak of a syncer', value: 'syncer_peak_mib', unit: 'MiB', aim: atMost(MEMORY_LIMITS_MIB.syncer) },
  { name: 'peak of the simulator', value: 'simulator_peak_mib', unit: 'MiB', aim: atMost(SIMULATOR_LIMIT_MIB) },
]

function cpu(phase: string): Line[] {
  const whose = { api: 'the API', syncers: 'the syncers', postgres: 'Postgres', simulator: 'the simulator' }
  return Object.entries(whose).map(([key, name]) => ({
    name: `  CPU of ${name}`,
    value: `${phase}_cpu_${key}`,
    unit: 's' as const,
  }))
}
