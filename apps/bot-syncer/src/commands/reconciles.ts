import { RollcallClient } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { ReconcileCommand } from '../command-line.js'
import { type Config, readConfig } from '../config.js'
import { DiscordClient } from '../discord/client.js'
import { Refusals } from '../discord/refusals.js'
import { boundRest, createRest } from '../discord/rest.js'
import { EXIT_CODES } from '../exit-codes.js'
import { Holdings } from '../holdings.js'
import { configAtHand, prepare } from '../prepare.js'
import { repeat } from '../repeat.js'
import { type Progress, ProgressLines } from '../report/progress.js'
import { Webhook } from '../report/webhook.js'
import { type RunChoices, type RunDependencies, run } from '../run.js'

const clock = Date.now

/** One run, or one after the other. @returns the exit code: of the last run, by its state */
export async function reconciles({ choices, intervalMs }: ReconcileCommand): Promise<number> {
  const config = configAtHand(readConfig)
  if (config === undefined) return EXIT_CODES.usage
  const surroundings = await prepare(config)
  if (typeof surroundings === 'number') return surroundings
  const { log, bounds, registry, maxChunkBytes, stop } = surroundings
  const holdings = new Holdings()
  holdings.addTo(bounds)
  const dependencies = { ...adapters(config, log, bounds), config, maxChunkBytes, holdings, log, clock, stop }
  const measured = await measuredFor(registry)
  const start = async (isFirst: boolean) =>
    run({
      ...dependencies,
      progress: measured(await progressFor(log)),
      choices: isFirst ? choices : withoutApprovals(choices),
    })

  const { state } = intervalMs === undefined ? await start(true) : await repeat(start, { intervalMs, clock, log, stop })
  return EXIT_CODES[state]
}

function adapters(
  config: Config,
  log: Logger,
  bounds: Bounds,
): Pick<RunDependencies, 'discord' | 'client' | 'progressClient' | 'webhook'> {
  const { guildId, discord, api, webhookUrl } = config
  const onWait = (waitMs: number) => log.info({ seconds: waitMs / 1_000 }, "waiting for Discord's rate limit")
  const rest = createRest({ url: discord.url, refusals: new Refusals(clock), onWait })
  boundRest(bounds, rest)
  const webhook = new Webhook({ url: webhookUrl, log, clock })
  webhook.addTo(bounds)
  const onRetry = (of: string) => (notice: { error: unknown; attempt: number; delayMs: number }) =>
    log.warn({ of, attempt: notice.attempt, delay_ms: Math.round(notice.delayMs), err: notice.error }, 'trying again')
  return {
    discord: new DiscordClient({ rest, token: discord.token, guildId, clock, onRetry: onRetry('Discord') }),
    client: new RollcallClient({ ...api, userAgent: 'rollcall-bot-syncer', onRetry: onRetry('the API') }),
    progressClient: new RollcallClient({ ...api, userAgent: 'rollcall-bot-syncer', retries: [] }),
    webhook,
  }
}

/** Has Prometheus told of a run's progress, where there is anything that it could ask. */
async function measuredFor(registry: Registry | undefined): Promise<(progress: Progress) => Progress> {
  if (registry === undefined) return (progress) => progress
  const { MeasuredProgress } = await import('../report/measured-progress.js')
  const measured = new MeasuredProgress(registry)
  return (progress) => measured.around(progress)
}

async function progressFor(log: Logger): Promise<Progress> {
  if (!process.stdout.isTTY) return new ProgressLines(log)
  const { ProgressBar } = await import('../report/progress-bar.js')
  return new ProgressBar(process.stderr, clock)
}

/** What a person approved, they approved for the run that they saw coming, not for every run from then on. */
function withoutApprovals({ isDryRun }: RunChoices): RunChoices {
  return { isDryRun, skipsWait: false, allowedDepartures: 0, allowedRoleDeletions: 0 }
}
