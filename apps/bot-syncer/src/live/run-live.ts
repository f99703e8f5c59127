import type { Snowflake, Stamp } from '@rollcall/contract'
import { boundHoldings, Holdings } from '../holdings.js'
import type { Progress } from '../report/progress.js'
import { type Announcement, Webhook } from '../report/webhook.js'
import { type RunVerdict, run } from '../run.js'
import type { LiveParts, LiveSurroundings } from './live-parts.js'
import { noticingRemoval } from './noticing-removal.js'

/** Of runs that go as they should nobody needs to hear: there is one for each guild and day. */
const NOTEWORTHY: readonly Announcement['headline'][] = ['failed', 'partial', 'held']

/** The mark is not an event of any shard. */
const NO_SHARD = -1

const SILENT: Progress = { show() {}, chunk() {}, stop() {} }

/** Runs one reconcile as the command does, on the shared clock, and quietly. */
export function runner(
  { config, log, bounds, maxChunkBytes, stop }: LiveSurroundings,
  { clients, discordOf, clock, clockMs, queue, sender, state, webhook: spoken }: LiveParts,
): (guildId: Snowflake) => Promise<RunVerdict> {
  const webhook = new QuietWebhook({ url: undefined, log, clock: clockMs }, spoken, stop)
  const underWay = new Set<Holdings>()
  const maxRuns = config.reconcile.concurrency
  bounds.add('reconciles', {
    kind: 'pool',
    source: 'apps/bot-syncer/src/live/run-live.ts',
    holds: ['underWay'],
    unit: 'runs',
    size: () => underWay.size,
    max: () => maxRuns,
  })
  boundHoldings(bounds, underWay, maxRuns)
  const markAsLeft = (guildId: Snowflake, stamp: Stamp) => {
    const receipt = { stamp, receivedAtMs: clock.monotonicMs(), acks: [] }
    queue.add(`${guildId}`, NO_SHARD, { kind: 'mark', presence: 'left' }, receipt)
    sender.wake()
  }
  return async (guildId) => {
    const holdings = new Holdings()
    underWay.add(holdings)
    state.reconciles = underWay.size
    try {
      return await run({
        config: { ...config, guildId },
        choices: {
          isDryRun: false,
          skipsWait: false,
          maxWaitMs: 0,
          allowedDepartures: 0,
          allowedRoleDeletions: 0,
        },
        discord: noticingRemoval(discordOf(`${guildId}`), clock, (askedAt) => markAsLeft(guildId, askedAt)),
        client: clients.reconcile,
        progressClient: clients.progress,
        maxChunkBytes,
        webhook,
        progress: SILENT,
        holdings,
        log: log.child({ guild: `${guildId}` }),
        clock: clockMs,
        stop,
      })
    } finally {
      underWay.delete(holdings)
      state.reconciles = underWay.size
    }
  }
}

class QuietWebhook extends Webhook {
  readonly #spoken: Webhook
  readonly #stop: AbortSignal

  constructor(options: ConstructorParameters<typeof Webhook>[0], spoken: Webhook, stop: AbortSignal) {
    super(options)
    this.#spoken = spoken
    this.#stop = stop
  }

  override announce(announcement: Announcement): Promise<void> {
    // A run that ends because its process does is taken up by another.
    const isNoteworthy = NOTEWORTHY.includes(announcement.headline) && !this.#stop.aborted
    return isNoteworthy ? this.#spoken.announce(announcement) : Promise.resolve()
  }
}
