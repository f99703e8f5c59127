import { setTimeout as sleep } from 'node:timers/promises'
import type { Round } from '../bench/round.js'
import type { Running } from '../processes/running.js'
import { query } from '../rig/query.js'
import { measureColdStart } from './cold-start.js'
import { compareEdited, type EditedComparison } from './compare-edited.js'
import { LiveStage } from './live-stage.js'
import type { LiveBenchOptions } from './options.js'
import { measureRollingRestart } from './rolling-restart.js'
import { measureStorm } from './storm.js'

const SETTLE_SECONDS = 60
const SETTLE_POLL_MS = 2_000
const RECONCILED = "select count(*)::int as runs from sync_run where state = 'done'"

/** Everything, once: each step begins where the one before it ended. @throws when a step does not end in time */
export async function measureLive(
  running: Running,
  options: LiveBenchOptions,
  say: (text: string) => void,
): Promise<Round> {
  const stage = await LiveStage.set(running, options)
  try {
    return await measureOn(stage, say)
  } catch (error) {
    if (!running.isStopping) say(stage.lastWords.join('\n'))
    throw error
  }
}

async function measureOn(stage: LiveStage, say: (text: string) => void): Promise<Round> {
  const { postgres, simulator } = stage
  const reconciled = async () => (await query<{ runs: number }>(postgres.url, RECONCILED))[0]?.runs ?? 0
  say('  cold start …')
  const coldStart = await measureColdStart(stage)
  say('  storm …')
  const before = await reconciled()
  const storm = await measureStorm(stage)
  const storm_reconciled = (await reconciled()) - before
  say('  rolling restart …')
  const restart = await measureRollingRestart(stage)
  say('  comparison …')
  const { told, settled, ...compared } = await settle(() => compareEdited(simulator.controlUrl, postgres.url))
  for (const it of told) say(`  ${it}`)
  const { api, syncer, simulator: simulated } = stage.peaksMiB
  return {
    ...coldStart,
    ...storm,
    storm_reconciled,
    ...restart,
    compared_members: compared.members,
    compared_guilds: compared.guilds,
    compared_differences: compared.differences,
    compared_settled: settled,
    api_peak_mib: api,
    syncer_peak_mib: syncer,
    simulator_peak_mib: simulated,
  }
}

/** Of whom a reconcile spoke at the same time, the guild is reconciled once more: that is waited for. */
async function settle(compare: () => Promise<EditedComparison>): Promise<EditedComparison & { settled: number }> {
  const startedMs = performance.now()
  const seconds = () => (performance.now() - startedMs) / 1_000
  for (;;) {
    const settled = seconds()
    const comparison = await compare()
    if (comparison.differences === 0 || seconds() > SETTLE_SECONDS) return { ...comparison, settled }
    await sleep(SETTLE_POLL_MS)
  }
}
