import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewaySession } from '@rollcall/contract'
import { preferredShards } from './core/preferred-shards.js'
import { shardFactory } from './create-shard.js'
import { GatewayInformation } from './gateway/gateway-information.js'
import { IdentifyTurns } from './gateway/identify-turns.js'
import { HeldShards } from './held-shards.js'
import { identifyBot } from './identify-bot.js'
import { Leases } from './leases.js'
import { type LiveSurroundings, liveParts } from './live-parts.js'
import { sendNotices } from './notices.js'
import { reconcileDueGuilds } from './reconciles.js'
import { runner } from './run-live.js'

/** What is left holds all guilds of a session, of which Discord allows 2,500. */
const MAX_FILL_TO_IDENTIFY = 0.25

/** What is on its way is stored before the process ends; a container is killed after thirty seconds. */
const DRAIN_MS = 12_000
const RELEASE_MS = 8_000

/**
 * Follows every guild of the bot: holds as many shards as it may, takes their events in, sends them to the API, and
 * reconciles what may lack something. Told to stop, it stores what it has, gives its shards back and ends; killed, it leaves
 * resume points below which everything is stored.
 */
export async function followLive(surroundings: LiveSurroundings): Promise<void> {
  const { config, log, stop } = surroundings
  const parts = liveParts(surroundings)
  const { clock, queue, sender, clients, rest } = parts
  const botId = await identifyBot(parts, stop)
  if (botId === undefined) return
  const onRetry = parts.onRetry('Discord')
  const monotonicMs = () => clock.monotonicMs()
  const information = new GatewayInformation({ rest, token: config.discord.token, monotonicMs, signal: stop, onRetry })
  const shardCount = config.shards.count ?? (await recommendedShards())
  if (shardCount === undefined) return
  const identifyTurns = new IdentifyTurns({
    botId,
    client: clients.once,
    information,
    isCrowded: () => queue.fill > MAX_FILL_TO_IDENTIFY,
    isStarting: (shardId) => held.isStarting(shardId),
    monotonicMs,
    log,
  })
  const held: HeldShards = new HeldShards(
    shardFactory({ ...parts, config, log, shardCount, information, identifyTurns }),
  )
  parts.observe(held)

  const leases = new Leases({
    botId,
    client: clients.once,
    holder: config.holder,
    instance: randomUUID(),
    shardCount,
    maxShards: config.shards.max,
    preferred: preferredShards(config.shards.ordinal, config.shards.perProcess, shardCount),
    ttlSeconds: config.leaseSeconds,
    clock,
    log,
    report: (shardId) => held.report(shardId),
    onLeased: (lease) => held.begin(lease),
    onLost: (shardId) => void held.drop(shardId),
    onWanted: (shardId) => void giveBack([shardId]),
  })
  held.addTo(surroundings.bounds, config.shards.max)
  leases.addTo(surroundings.bounds)
  log.info({ bot: `${botId}`, shard_count: shardCount, ordinal: config.shards.ordinal }, 'following live')

  const due = {
    client: clients.once,
    shardCount,
    readyShards: () => held.ready,
    intervalSeconds: config.reconcile.intervalSeconds,
    isFollowed: parts.isFollowed,
    run: runner(surroundings, parts),
    log,
  }
  await Promise.all([
    // At once: a run that is told to stop may take a while to report its end.
    leases.keep(stop).then(() => giveBack(held.ids)),
    ...Array.from({ length: config.reconcile.concurrency }, () => reconcileDueGuilds(due, stop)),
    config.webhookUrl === undefined
      ? undefined
      : sendNotices({ client: clients.once, post: (message) => parts.webhook.post(message), log }, stop),
  ])

  sender.stop()
  log.info('stopped following')

  async function recommendedShards() {
    while (!stop.aborted) {
      const known = await information.get().catch((error) => log.error({ err: error }, 'the gateway is not known'))
      if (known) return known.shards
      await sleep(5_000)
    }
    return undefined
  }

  /** In this order: nothing new, everything stored, the resume point with it, and only then somebody else's. */
  async function giveBack(shardIds: readonly number[]): Promise<void> {
    const ending = new Map(shardIds.map((shardId) => [shardId, held.get(shardId)]))
    await Promise.all(shardIds.map((shardId) => held.disconnect(shardId)))
    const drained = async () => {
      while (shardIds.some((shardId) => held.open(shardId) > 0)) {
        await Promise.race([sender.drain(), sleep(200)])
      }
    }
    await Promise.race([drained(), sleep(DRAIN_MS)])
    const sessions = new Map<number, GatewaySession | undefined>()
    for (const shardId of shardIds) sessions.set(shardId, held.resumePoint(shardId))
    await leases.release(sessions, AbortSignal.timeout(RELEASE_MS)).catch((error) => {
      log.warn({ err: error, shards: shardIds }, 'shards not given back: others may have them when their leases end')
    })
    for (const [shardId, it] of ending) held.forget(shardId, it)
  }
}
