import type { GatewaySession, ShardLease } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import type { Ack } from './core/acks.js'
import type { GatewayShard } from './gateway/gateway-shard.js'
import type { ShardReport } from './leases.js'
import type { ShardStates } from './live-metrics.js'
import { MAX_GUILDS_AWAITED, type ShardIntake } from './shard-intake.js'

export interface HeldShard {
  readonly gateway: GatewayShard
  readonly intake: ShardIntake
  /** Gives up what waits, and the session, where only a new one makes up for what is lost. */
  readonly startOver: (reason: string) => void
}

/** The shards that this process holds, each with its connection and its intake. */
export class HeldShards {
  readonly #shards = new Map<number, HeldShard>()
  readonly #begin: (lease: ShardLease) => HeldShard

  constructor(begin: (lease: ShardLease) => HeldShard) {
    this.#begin = begin
  }

  /** Names the shards, and what their sessions wait for, among the bounds of the process. */
  addTo(bounds: Bounds, maxShards: number): void {
    bounds.add('shards', {
      kind: 'pool',
      source: 'apps/bot-syncer/src/live/held-shards.ts',
      holds: ['#shards'],
      unit: 'shards',
      size: () => this.#shards.size,
      max: () => maxShards,
    })
    bounds.add('awaited_guilds', {
      kind: 'buffer',
      source: 'apps/bot-syncer/src/live/shard-intake.ts',
      holds: ['#awaited'],
      unit: 'guilds',
      size: () => [...this.#shards.values()].reduce((sum, { intake }) => sum + intake.awaited, 0),
      max: () => maxShards * MAX_GUILDS_AWAITED,
    })
  }

  get ids(): number[] {
    return [...this.#shards.keys()]
  }

  /** Those whose events flow. */
  get ready(): number[] {
    return this.ids.filter((id) => this.get(id)?.gateway.status.state === 'ready')
  }

  /** It is on its way to a session, or the session's guilds are coming in. */
  isStarting(shardId: number): boolean {
    const held = this.get(shardId)
    return held !== undefined && (held.gateway.status.state === 'connecting' || held.intake.isStarting)
  }

  get(shardId: number): HeldShard | undefined {
    return this.#shards.get(shardId)
  }

  /** The shards whose resume point waits for one of these. */
  holding(acks: readonly Ack[]): HeldShard[] {
    return [...this.#shards.values()].filter(({ intake }) => intake.holds(acks))
  }

  begin(lease: ShardLease): void {
    const held = this.#begin(lease)
    this.#shards.set(lease.shard_id, held)
    held.gateway.start()
  }

  /** Ends its connection so that it can be resumed; nothing more comes in afterwards. */
  async disconnect(shardId: number): Promise<void> {
    await this.#shards.get(shardId)?.gateway.stop()
  }

  /** Forgets it at once, so that it may be begun anew while its connection ends. */
  async drop(shardId: number): Promise<void> {
    const held = this.#shards.get(shardId)
    this.#shards.delete(shardId)
    await held?.gateway.stop()
  }

  /** @param held - as it was when its end began; what the shard is held by since then stays */
  forget(shardId: number, held: HeldShard | undefined): void {
    if (this.#shards.get(shardId) === held) this.#shards.delete(shardId)
  }

  resumePoint(shardId: number): GatewaySession | undefined {
    return this.#shards.get(shardId)?.intake.resumePoint
  }

  report(shardId: number): ShardReport {
    const held = this.#shards.get(shardId)
    if (held === undefined) return { shard_id: shardId, state: 'connecting' }
    const { state, detail } = held.gateway.status
    const { resumePoint, lastEventAt, lagMs } = held.intake
    return {
      shard_id: shardId,
      state,
      detail: detail ?? null,
      ...(resumePoint === undefined ? {} : { session: resumePoint }),
      ...(lastEventAt === undefined ? {} : { last_event_at: lastEventAt }),
      ...(lagMs === undefined ? {} : { lag_ms: lagMs }),
    }
  }

  get states(): ShardStates {
    const states = { waiting: 0, connecting: 0, ready: 0, stopped: 0 }
    for (const { gateway } of this.#shards.values()) states[gateway.status.state] += 1
    return states
  }

  /** Events of the shard whose effects are not stored. */
  open(shardId: number): number {
    return this.#shards.get(shardId)?.intake.open ?? 0
  }
}
