import type { ShardLease } from '@rollcall/contract'
import type { Logger } from 'pino'
import type { GatewayInformation } from './gateway/gateway-information.js'
import { GatewayShard } from './gateway/gateway-shard.js'
import type { IdentifyTurns } from './gateway/identify-turns.js'
import type { HeldShard } from './held-shards.js'
import type { LiveConfig } from './live-config.js'
import type { LiveParts } from './live-parts.js'
import { ShardIntake } from './shard-intake.js'

export interface ShardFactoryOptions
  extends Pick<LiveParts, 'clock' | 'queue' | 'sender' | 'lookups' | 'metrics' | 'isFollowed'> {
  readonly config: LiveConfig
  readonly log: Logger
  readonly shardCount: number
  readonly information: GatewayInformation
  readonly identifyTurns: IdentifyTurns
}

/** Makes a shard of a lease: its connection, and the intake that its events go into. */
export function shardFactory(options: ShardFactoryOptions): (lease: ShardLease) => HeldShard {
  const { config, log, shardCount, information, identifyTurns, clock, queue, sender, lookups, metrics } = options
  return ({ shard_id: shardId, session }) => {
    const intake = new ShardIntake({
      shardId,
      session: session ?? undefined,
      queue,
      clock,
      isFollowed: options.isFollowed,
      lookUp: ({ ack, ...member }) => lookups.add({ ...member, acks: [ack] }),
      onEvent: (type, outcome) => metrics.events.inc({ type, outcome }),
      onArrival: () => sender.wake(),
      onFull: () => startOver('too much waits for the API'),
    })
    const gateway = new GatewayShard({
      id: shardId,
      shardCount,
      token: config.discord.token,
      session: session === null ? undefined : toSessionInfo(session, shardId, shardCount),
      information,
      identifyTurns,
      monotonicMs: () => clock.monotonicMs(),
      random: Math.random,
      log,
      onDispatch: (payload) => {
        try {
          intake.dispatch(payload)
        } catch (error) {
          // What it would have changed is lost, unless all guilds are read.
          log.error({ shard: shardId, type: payload.t, err: error }, 'event not taken in')
          startOver('an event could not be taken in')
        }
      },
      onCount: (what) => metrics.connections.inc({ what }),
    })
    const startOver = (reason: string) => {
      log.error({ shard: shardId, events: queue.events }, `${reason}: the shard begins a new session`)
      intake.abandon()
      queue.dropShard(shardId)
      gateway.startOver(reason)
    }
    return { gateway, intake, startOver }
  }
}

const toSessionInfo = (session: NonNullable<ShardLease['session']>, shardId: number, shardCount: number) => ({
  sessionId: session.session_id,
  resumeURL: session.resume_gateway_url,
  sequence: session.sequence,
  shardId,
  shardCount,
})
