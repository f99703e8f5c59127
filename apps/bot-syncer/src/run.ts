import { follow, type RollcallClient, type SyncRunCounts } from '@rollcall/contract'
import type { Logger } from 'pino'
import { DryRunMirror } from './api/dry-run-mirror.js'
import { fitChunks } from './api/fit-chunks.js'
import { Ledger } from './api/ledger.js'
import { ApiMirror } from './api/mirror.js'
import { RestingError, startRun } from './api/start-run.js'
import type { Config } from './config.js'
import type { ReconcileContext } from './context.js'
import { Report } from './core/report.js'
import type { DiscordClient } from './discord/client.js'
import { endingAfter } from './ending.js'
import { Holdings } from './holdings.js'
import { introduceGuild, reconcile, type Verdict } from './reconcile.js'
import { explain } from './report/explain.js'
import { Failures } from './report/failures.js'
import type { Progress } from './report/progress.js'
import type { Webhook } from './report/webhook.js'

/** What a person chose on the command line. */
export interface RunChoices {
  readonly isDryRun: boolean
  readonly skipsWait: boolean
  /** How long the run waits where the API tells it to, instead of not beginning; undefined for as long as it takes. */
  readonly maxWaitMs?: number | undefined
  readonly allowedDepartures: number
  readonly allowedRoleDeletions: number
}

export interface RunDependencies {
  readonly config: Pick<Config, 'guildId' | 'chunkSize' | 'departureGuard'>
  readonly choices: RunChoices
  readonly discord: DiscordClient
  readonly client: RollcallClient
  /** For what this process has room for; the API may take less. */
  readonly maxChunkBytes: number
  /** Without retries. */
  readonly progressClient: RollcallClient
  readonly webhook: Webhook
  readonly progress: Progress
  /** What the operators see of the run under way. */
  readonly holdings?: Holdings
  readonly log: Logger
  readonly clock: () => number
  readonly stop: AbortSignal
}

/** How a run ended, or `resting`: none began, because the last ones failed and the next is not due. */
export type RunVerdict = Verdict | { readonly state: 'resting'; readonly message: string }

/** One run: entered into the ledger, said in Discord, reconciled, and its end reported, whatever it is. */
export async function run(dependencies: RunDependencies): Promise<RunVerdict> {
  const { config, choices, webhook, progress, log, clock, stop } = dependencies
  const { guildId } = config
  const ending = endingAfter(stop)
  const scope = new AbortController()
  const unfollow = follow(scope, stop)
  const report = new Report()
  let ledger: Ledger | undefined
  const context = contextOf(dependencies, scope.signal, report, () => {
    progress.show(report.counts)
    ledger?.progress(report.counts)
  })
  const startedAtMs = clock()

  let verdict: RunVerdict
  try {
    if (!choices.isDryRun) {
      ledger = await openLedger(dependencies, context, scope)
      void webhook.announce({ headline: 'started', guildId })
    }
    const chunkLimits = await fitChunks(dependencies.client, context.chunkLimits, context)
    verdict = await reconcile({ ...context, chunkLimits })
  } catch (error) {
    if (error instanceof RestingError) verdict = { state: 'resting', message: error.message }
    else verdict = failureOf(error, context.signal, log)
  } finally {
    // Whatever is still being read ahead is not wanted any more.
    scope.abort(new Error('the run is over'))
    unfollow()
    context.holdings.release()
    progress.stop()
  }

  if (ledger !== undefined && verdict.state !== 'resting') {
    verdict = await endLedger(ledger, report.counts, verdict, ending.lastWord, log)
  }
  logEnd(log, verdict, report.counts, (clock() - startedAtMs) / 1_000)
  const { state: headline, message: description } = verdict
  // Where no run began there is nothing to tell, except why it could not, which a person has to mend.
  const isNews = !choices.isDryRun && (ledger !== undefined || !stop.aborted)
  if (isNews && headline !== 'resting') {
    await ending.waitFor(webhook.announce({ headline, guildId, description, counts: report.counts }))
  }
  ending.clear()
  return verdict
}

function contextOf(
  { config, choices, client, maxChunkBytes, discord, progress, holdings = new Holdings(), log, clock }: RunDependencies,
  signal: AbortSignal,
  report: Report,
  onCounts: () => void,
): ReconcileContext {
  const { guildId, chunkSize, departureGuard } = config
  return {
    guildId,
    discord,
    mirror: choices.isDryRun ? new DryRunMirror(client, guildId, log) : new ApiMirror(client, guildId),
    report,
    failures: new Failures(log),
    progress,
    holdings,
    onCounts,
    log,
    clock,
    signal,
    chunkLimits: { maxItems: chunkSize, maxBytes: maxChunkBytes },
    departureGuard,
    allowed: { departures: choices.allowedDepartures, roleDeletions: choices.allowedRoleDeletions },
  }
}

async function openLedger(
  { config: { guildId }, choices: { skipsWait, maxWaitMs }, client, progressClient, log, clock }: RunDependencies,
  context: ReconcileContext,
  scope: AbortController,
): Promise<Ledger> {
  const { signal } = context
  const introduce = () => introduceGuild(context)
  const started = await startRun({
    client,
    guildId,
    skipsWait,
    maxWaitMs,
    introduceGuild: introduce,
    clock,
    log,
    signal,
  })
  log.info({ run: `${started.id}`, attempt: started.attempt }, 'run started')
  const onTakenOver = (error: Error) => scope.abort(error)
  return new Ledger({ client, progressClient, guildId, run: started, clock, log, onTakenOver })
}

function failureOf(error: unknown, signal: AbortSignal, log: Logger): Verdict {
  const cause = signal.aborted ? signal.reason : error
  const message = explain(cause)
  log.error({ err: cause }, message)
  return { state: 'failed', message }
}

/** A run whose end the API did not take is not done: nobody could know. */
async function endLedger(
  ledger: Ledger,
  counts: Readonly<SyncRunCounts>,
  verdict: Verdict,
  signal: AbortSignal,
  log: Logger,
): Promise<Verdict> {
  try {
    await ledger.end(counts, verdict.state, verdict.message, signal)
    return verdict
  } catch (error) {
    log.error({ err: error }, 'the end of the run could not be reported')
    return { state: 'failed', message: verdict.message ?? explain(error) }
  }
}

function logEnd(log: Logger, { state, message }: RunVerdict, counts: Readonly<SyncRunCounts>, seconds: number): void {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  const facts = {
    state,
    ...counts,
    seconds: +seconds.toFixed(3),
    members_per_second: Math.round(counts.members_read / Math.max(seconds, 0.001)),
    // Of the process so far, which is more than this run when it repeats.
    cpu_seconds: +((userCPUTime + systemCPUTime) / 1e6).toFixed(3),
    peak_rss_mib: +(maxRSS / 1_024).toFixed(1),
  }
  if (state === 'resting') log.warn({ state }, message)
  else if (state === 'done' || state === 'failed') log.info(facts, `run ${state}`)
  else log.warn({ ...facts, message }, `run ${state}`)
}
