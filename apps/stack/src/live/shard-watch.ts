import { setTimeout as sleep } from 'node:timers/promises'
import { query } from '../rig/query.js'
import type { LiveSystem } from './live-system.js'

const POLL_MS = 100

export interface ShardRow {
  readonly shard_id: number
  readonly state: string
  readonly holder: string | null
  readonly detail: string | null
}

const SHARDS = `
select shard_id, case when expires_at > now() then state else 'free' end as state, holder, detail
from gateway_shard where shard_count = $1 order by shard_id`

/** Looks at the shards as the API keeps them, and remembers how long each was without events. */
export class ShardWatch {
  readonly #system: LiveSystem
  readonly #awaySinceMs = new Map<number, number>()
  #isOver = false
  #work: Promise<void> = Promise.resolve()
  longestAwayMs = 0

  constructor(system: LiveSystem) {
    this.#system = system
  }

  start(): void {
    this.#work = this.#watch()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }

  shards(): Promise<ShardRow[]> {
    return query<ShardRow>(this.#system.databaseUrl, SHARDS, [this.#system.options.shards])
  }

  /** @returns after how many milliseconds it held @throws OverdueError when it did not in time */
  async until(name: string, limitMs: number, holds: (shards: readonly ShardRow[]) => boolean): Promise<number> {
    const startedAtMs = performance.now()
    const { steps, deaths } = this.#system
    await steps.take(
      name,
      async () => {
        while (deaths.length === 0 && !holds(await this.shards())) await sleep(POLL_MS)
      },
      limitMs,
    )
    return performance.now() - startedAtMs
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const nowMs = performance.now()
      for (const { shard_id, state } of await this.shards()) {
        if (state === 'ready') this.#awaySinceMs.delete(shard_id)
        else if (!this.#awaySinceMs.has(shard_id)) this.#awaySinceMs.set(shard_id, nowMs)
        const sinceMs = this.#awaySinceMs.get(shard_id)
        if (sinceMs !== undefined) this.longestAwayMs = Math.max(this.longestAwayMs, nowMs - sinceMs)
      }
      await sleep(POLL_MS)
    }
  }
}

/** Whether every shard is with the syncer that prefers it, and ready. */
export const areAtHome = (count: number, perProcess: number) => (shards: readonly ShardRow[]) =>
  shards.length === count &&
  shards.every(
    ({ shard_id, state, holder }) => state === 'ready' && holder === `syncer-${Math.floor(shard_id / perProcess)}`,
  )
