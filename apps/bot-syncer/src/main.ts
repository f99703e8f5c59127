import { getHeapStatistics } from 'node:v8'
import { deriveLimits, deriveQueue, readContainer, requireFittingHeap, SYNCER_NEEDS } from '@rollcall/container-limits'
import { RollcallClient } from '@rollcall/contract'
import { cacheLookups } from '@rollcall/name-cache'
import { Bounds, createRegistry } from '@rollcall/process-metrics'
import type { Logger } from 'pino'
import { type ReconcileCommand, readCommandLine } from './command-line.js'
import { type Config, ConfigError, readConfig } from './config.js'
import { DiscordClient } from './discord/client.js'
import { Refusals } from './discord/refusals.js'
import { boundRest, createRest } from './discord/rest.js'
import { Holdings } from './holdings.js'
import { followLive } from './live/live.js'
import { readLiveConfig } from './live/live-config.js'
import { listenForOperators } from './management.js'
import { repeat } from './repeat.js'
import { complain, createLog } from './report/log.js'
import { MeasuredProgress } from './report/measured-progress.js'
import { type Progress, ProgressBar, ProgressLines } from './report/progress.js'
import { Webhook } from './report/webhook.js'
import { type RunChoices, type RunDependencies, run } from './run.js'

const EXIT_CODES = { done: 0, failed: 1, partial: 3, held: 4 } as const
const USAGE_EXIT_CODE = 2

const clock = Date.now

process.exit(await main())

async function main(): Promise<number> {
  const commandLine = readCommandLine(process.argv, USAGE_EXIT_CODE)
  if (typeof commandLine === 'number') return commandLine
  return commandLine.command === 'live' ? live() : reconciles(commandLine)
}

/** Follows the guilds until it is told to stop. */
async function live(): Promise<number> {
  const derived = deriveQueue(getHeapStatistics().heap_size_limit)
  const config = configAtHand((environment) => readLiveConfig(environment, process.pid, derived))
  if (config === undefined) return USAGE_EXIT_CODE
  const surroundings = await prepare(config)
  if (typeof surroundings === 'number') return surroundings
  const { log } = surroundings
  log.info(config.queue, 'limits of the queue')
  if (config.queue.maxBytes > derived.maxBytes || config.queue.maxEvents > derived.maxEvents) {
    log.warn(derived, 'MAX_QUEUED_EVENTS or MAX_QUEUED_BYTES is more than this heap can be sure to hold')
  }
  await followLive({ ...surroundings, config })
  return EXIT_CODES.done
}

/** One run, or one after the other. */
async function reconciles({ choices, intervalMs }: ReconcileCommand): Promise<number> {
  const config = configAtHand(readConfig)
  if (config === undefined) return USAGE_EXIT_CODE
  const surroundings = await prepare(config)
  if (typeof surroundings === 'number') return surroundings
  const { log, bounds, registry, maxChunkBytes, stop } = surroundings
  const holdings = new Holdings()
  holdings.addTo(bounds)
  const dependencies = { ...adapters(config, log, bounds), config, maxChunkBytes, holdings, log, clock, stop }
  const measured = new MeasuredProgress(registry)
  const start = (isFirst: boolean) =>
    run({
      ...dependencies,
      progress: measured.around(progressFor(log)),
      choices: isFirst ? choices : withoutApprovals(choices),
    })

  const { state } = intervalMs === undefined ? await start(true) : await repeat(start, { intervalMs, clock, log, stop })
  return EXIT_CODES[state]
}

/** What every command works in, or the exit code where that cannot be had. */
async function prepare(config: Pick<Config, 'logLevel' | 'dnsCacheMs' | 'management'>) {
  const log = createLog(config.logLevel)
  const container = await fittingContainer(log)
  if (container === undefined) return EXIT_CODES.failed
  const { memoryLimitBytes, maxChunkBytes } = container
  const bounds = new Bounds()
  const registry = createRegistry({ bounds, memoryLimitBytes })
  cacheLookups({ lifetimeMs: config.dnsCacheMs, registry, bounds })
  if (config.management && !(await listenForOperators({ ...config.management, bounds, registry, log }))) {
    return USAGE_EXIT_CODE
  }
  return { log, bounds, registry, memoryLimitBytes, maxChunkBytes, stop: stopSignal() }
}

/** What the container has room for, or undefined, once it is said, where the worst chunk does not fit. */
async function fittingContainer(
  log: Logger,
): Promise<{ memoryLimitBytes: number | undefined; maxChunkBytes: number } | undefined> {
  const container = await readContainer()
  const { heap_size_limit: heapBytes } = getHeapStatistics()
  try {
    requireFittingHeap(container, heapBytes)
    // A chunk in flight, and the next one that is made ready meanwhile.
    const maxChunkBytes = deriveLimits(SYNCER_NEEDS, container, heapBytes).chunkBytes / 2
    log.info({ ...container, heapBytes, maxChunkBytes }, 'limits')
    return { memoryLimitBytes: container.memoryBytes, maxChunkBytes }
  } catch (error) {
    complain(`${error instanceof Error ? error.message : error}\n`)
    return undefined
  }
}

function configAtHand<C>(read: (environment: NodeJS.ProcessEnv) => C): C | undefined {
  try {
    return read(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    complain(`${error.message}\n`)
    return undefined
  }
}

/** Once each: a second signal ends the process on the spot. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => controller.abort(new Error(`stopped by ${name}`)))
  }
  return controller.signal
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

function progressFor(log: Logger): Progress {
  return process.stdout.isTTY ? new ProgressBar(process.stderr, clock) : new ProgressLines(log)
}

/** What a person approved, they approved for the run that they saw coming, not for every run from then on. */
function withoutApprovals({ isDryRun }: RunChoices): RunChoices {
  return { isDryRun, skipsWait: false, allowedDepartures: 0, allowedRoleDeletions: 0 }
}
