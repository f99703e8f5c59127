import type { Running } from '../processes/running.js'
import { budgetScenario } from './budget.js'
import { type LiveOptions, LiveSystem } from './live-system.js'
import { resolverScenario } from './resolver.js'
import { rollingScenario } from './rolling.js'
import type { FollowScenario } from './round.js'

/** A number of rounds over one system. */
export const FOLLOW_SCENARIOS: Readonly<
  Record<FollowScenario, { env: Readonly<Record<string, string>>; shards: number }>
> = {
  // The live path alone: nothing else may mend.
  resumable: { env: { RECONCILE_CONCURRENCY: '0' }, shards: 2 },
  gap: { env: { RECONCILE_CONCURRENCY: '2', RECONCILE_INTERVAL: '30d', MAX_QUEUED_EVENTS: '1000' }, shards: 2 },
  interleaved: { env: { RECONCILE_CONCURRENCY: '2', RECONCILE_INTERVAL: '30d' }, shards: 2 },
}

/** One story each, in several processes. @returns what is to be told, and what was not as it must be */
export const STORIES = { rolling: rollingScenario, budget: budgetScenario, resolver: resolverScenario } as const

export const SCENARIO_NAMES: readonly string[] = [...Object.keys(FOLLOW_SCENARIOS), ...Object.keys(STORIES)]

/** Without the one that needs root. */
export const DEFAULT_SCENARIOS = SCENARIO_NAMES.filter((name) => name !== 'resolver')

/** Discord takes its time, so that what a reconcile reads has grown old when it is written. */
const LATENCY_MS = 40

export async function openFollowScenario(
  running: Running,
  name: FollowScenario,
  options: Pick<LiveOptions, 'guilds' | 'members' | 'builds'>,
): Promise<LiveSystem> {
  const { env, shards } = FOLLOW_SCENARIOS[name]
  const system = await LiveSystem.start(running, { ...options, shards })
  system.env = env
  if (name === 'interleaved') await system.gateway.ask('PATCH', '/app', { latency_ms: LATENCY_MS })
  return system
}
