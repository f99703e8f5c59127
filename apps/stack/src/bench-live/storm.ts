import { z } from 'zod'
import { askSimulator } from '../ask-simulator.js'
import { measure, percentile } from '../bench/measurement.js'
import type { Round } from '../bench/round.js'
import { bucketsOf, bucketsSince, quantile, sumOf } from '../rig/metrics.js'
import { droppedEvents, type LiveStage } from './live-stage.js'
import { Probes } from './probes.js'

const LAG = 'rollcall_live_lag_seconds'
/** A storm that falls behind catches up; it is given up after this. */
const PATIENCE_SECONDS = 60

const Storm = z.object({ id: z.int(), edits: z.int(), running: z.boolean(), error: z.string().nullable() })
type Storm = z.output<typeof Storm>

/** Edits of members of many guilds at a steady rate, and how far behind the mirror is meanwhile. */
export async function measureStorm(stage: LiveStage): Promise<Round> {
  const { rate, seconds } = stage.options
  const before = await stage.metrics()
  const probes = await Probes.start(stage)
  const { outcome: storm, measurement } = await measure(stage.meters, async () => {
    const { id } = await startStorm(stage, { seed: 1, seconds })
    return stormEnd(stage, id)
  })
  const drainSeconds = await stage.untilDrained(PATIENCE_SECONDS)
  const lags = await probes.stop()
  const after = await stage.metrics()
  const buckets = bucketsSince(bucketsOf(before, LAG), bucketsOf(after, LAG))
  const { api, syncers, postgres, simulator } = measurement.cpuSeconds
  const [p50, p99] = [percentile(lags, 50), percentile(lags, 99)]
  const received = /^rollcall_live_events_total\{.*GUILD_MEMBER_.*received/
  return {
    storm_rate: storm.edits / measurement.wallSeconds,
    storm_missing: rate * seconds - storm.edits,
    storm_received: sumOf(after, received) - sumOf(before, received),
    storm_lag_p50: quantile(buckets, 0.5),
    storm_lag_p99: quantile(buckets, 0.99),
    ...(p50 === undefined || p99 === undefined ? {} : { probe_p50: p50 / 1_000, probe_p99: p99 / 1_000 }),
    probes: lags.length,
    storm_drain: drainSeconds,
    storm_dropped: droppedEvents(after) - droppedEvents(before),
    storm_cpu_api: api,
    storm_cpu_syncers: syncers,
    storm_cpu_postgres: postgres,
    storm_cpu_simulator: simulator,
  }
}

export async function startStorm(
  { simulator, options }: LiveStage,
  { seed, seconds }: { seed: number; seconds: number },
): Promise<Storm> {
  const storm = { events_per_second: options.rate, seconds, stubs: options.stormGuilds, kind: 'mixed', seed }
  return Storm.parse(await askSimulator('POST', `${simulator.controlUrl}/gateway/storms`, storm))
}

async function stormEnd(stage: LiveStage, id: number): Promise<Storm> {
  let storm: Storm | undefined
  await stage.until('the storm ends', stage.options.seconds + PATIENCE_SECONDS, async () => {
    const all = z.array(Storm).parse(await askSimulator('GET', `${stage.simulator.controlUrl}/gateway/storms`))
    storm = all.find((it) => it.id === id)
    return storm?.running === false
  })
  if (storm === undefined || storm.error !== null) throw new Error(`The storm broke off: ${storm?.error}`)
  return storm
}
