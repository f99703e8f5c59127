import {
  IDENTIFY_INTERVAL_MS,
  type ReserveIdentifyRequest,
  type ReserveIdentifyResponse,
  type Snowflake,
} from '@rollcall/contract'
import type { Pool, PoolClient } from '../pool.js'
import { inTransaction } from '../transaction.js'

/** Discord's window, which begins with its first identify: until then it says that none is under way (`reset_after` 0). */
const WINDOW_MS = 24 * 3_600_000

/** Discord's word may be a minute old. What ends this much later than the window that is known is another window. */
const ANOTHER_WINDOW_MS = 120_000

/** Nobody has to ask more often. */
const MIN_WAIT_MS = 10

const BEGIN = `
insert into gateway_identify_budget (bot_id, window_ends_at, total, remaining) values ($1, 'epoch', 0, 0)
on conflict do nothing`

// The lock: whoever has it counts alone. The clock is read after it was had.
const LOCK_BUDGET = `
select remaining, (extract(epoch from window_ends_at - clock_timestamp()) * 1000)::float8 as ends_in_ms
from gateway_identify_budget where bot_id = $1 for update`

const TAKE_KEY = `
insert into gateway_identify_key as stored (bot_id, key, next_at)
values ($1, $2, clock_timestamp() + make_interval(secs => $3::float8 / 1000))
on conflict (bot_id, key) do update set next_at = excluded.next_at where stored.next_at <= clock_timestamp()
returning 1`

const KEY_WAIT = `
select ceil(extract(epoch from next_at - clock_timestamp()) * 1000)::float8 as wait_ms
from gateway_identify_key where bot_id = $1 and key = $2`

const STORE_BUDGET = `
update gateway_identify_budget
set total = $2, remaining = $3, window_ends_at = clock_timestamp() + make_interval(secs => $4::float8 / 1000)
where bot_id = $1`

interface Budget {
  readonly remaining: number
  /** Negative when it has ended. */
  readonly endsInMs: number
}

/**
 * What is left: the smaller of what the rows and what Discord says, within one window.
 *
 * Windows are told apart by their end. That the known one has ended, or that Discord's ends clearly later, means that
 * another has begun; the sooner of two ends of one window is the fresher word.
 */
export function mergeBudget(known: Budget, said: ReserveIdentifyRequest['session_start_limit']): Budget {
  const remaining = Math.min(said.remaining, said.total)
  const isBegun = said.reset_after > 0
  const fresh = { remaining, endsInMs: isBegun ? said.reset_after : WINDOW_MS }
  if (known.endsInMs <= 0) return fresh
  if (isBegun && said.reset_after > known.endsInMs + ANOTHER_WINDOW_MS) return fresh
  return {
    remaining: Math.min(known.remaining, remaining),
    endsInMs: isBegun ? Math.min(known.endsInMs, said.reset_after) : known.endsInMs,
  }
}

/** Grants one identify, or says how long to wait; all processes of a bot together never get more than there are. */
export function reserveIdentify(
  pool: Pool,
  botId: Snowflake,
  { shard_id, session_start_limit: said, interval_ms = IDENTIFY_INTERVAL_MS }: ReserveIdentifyRequest,
): Promise<ReserveIdentifyResponse> {
  const key = shard_id % said.max_concurrency
  return inTransaction(pool, async (client) => {
    await client.query(BEGIN, [botId])
    const { remaining, endsInMs } = mergeBudget(await lockBudget(client, botId), said)
    const store = (left: number) => client.query(STORE_BUDGET, [botId, said.total, left, endsInMs])
    if (remaining === 0) {
      await store(0)
      return { granted: false, reason: 'budget', wait_ms: Math.max(MIN_WAIT_MS, Math.ceil(endsInMs)), remaining }
    }
    const { rowCount } = await client.query(TAKE_KEY, [botId, key, interval_ms])
    if (rowCount === 0) {
      await store(remaining)
      return { granted: false, reason: 'key', wait_ms: await keyWait(client, botId, key), remaining }
    }
    await store(remaining - 1)
    return { granted: true, remaining: remaining - 1 }
  })
}

async function lockBudget(client: PoolClient, botId: Snowflake): Promise<Budget> {
  const { rows } = await client.query<{ remaining: number; ends_in_ms: number }>(LOCK_BUDGET, [botId])
  return { remaining: rows[0]?.remaining ?? 0, endsInMs: rows[0]?.ends_in_ms ?? 0 }
}

async function keyWait(client: PoolClient, botId: Snowflake, key: number): Promise<number> {
  const { rows } = await client.query<{ wait_ms: number }>(KEY_WAIT, [botId, key])
  return Math.max(MIN_WAIT_MS, rows[0]?.wait_ms ?? 0)
}
