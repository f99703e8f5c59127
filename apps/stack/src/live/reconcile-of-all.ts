import { setTimeout as sleep } from 'node:timers/promises'
import { query } from '../rig/query.js'
import type { LiveSystem } from './live-system.js'

const POLL_MS = 200
const LIMIT_MS = 240_000

const LAST_ID = 'select coalesce(max(id), 0)::text as id from sync_run'
const DUE = 'update guild_sync set next_reconcile_at = now(), claimed_until = null'
const FAILURES = "select error from sync_run where id > $1 and state not in ('running', 'done')"
const ENDED = `
select count(distinct guild_id)::int as ended, count(distinct guild_id) filter (where state = 'done')::int as done
from sync_run where id > $1 and state <> 'running'`

/**
 * One scheduled reconcile of every guild while events stream in: due at once, and not again. What it did wrong stays so, as no
 * other comes after it.
 */
export class ReconcileOfAll {
  readonly #system: LiveSystem
  #work: Promise<void> | undefined
  #done = 0
  #failures: readonly (string | null)[] = []
  isOver = false

  constructor(system: LiveSystem) {
    this.#system = system
  }

  begin(): void {
    this.#work ??= this.#run()
    // Told when it is judged.
    this.#work.catch(() => {
      this.isOver = true
    })
  }

  /** Adds to the violations what went wrong. @returns what is to be told */
  async judge(violations: string[]): Promise<string[]> {
    await this.#work
    const { length } = this.#system.guildIds
    if (this.#done === 0) violations.push('no reconcile was done while events came in')
    const told = this.#failures.map((it) => ` (not: ${it})`).join('')
    return [`${this.#done} of ${length} guilds reconciled meanwhile${told}`]
  }

  async #run(): Promise<void> {
    const { databaseUrl, steps, guildIds, deaths } = this.#system
    const [last] = await query<{ id: string }>(databaseUrl, LAST_ID)
    await query(databaseUrl, DUE)
    await steps.take(
      'a reconcile of every guild',
      async () => {
        for (let ended = 0; ended < guildIds.length && deaths.length === 0; await sleep(POLL_MS)) {
          const [row] = await query<{ ended: number; done: number }>(databaseUrl, ENDED, [last?.id])
          ended = row?.ended ?? 0
          this.#done = row?.done ?? 0
        }
      },
      LIMIT_MS,
    )
    const failures = await query<{ error: string | null }>(databaseUrl, FAILURES, [last?.id])
    this.#failures = failures.map(({ error }) => error)
    this.isOver = true
  }
}
