import { getHeapStatistics } from 'node:v8'
import { z } from 'zod'

const DAY_MS = 86_400_000
const positive = (max: number) => z.int().min(1).max(max)

const GatewaySettings = z.strictObject({
  /** Told in Hello; a client that stays silent for two of them is closed with 4009. */
  heartbeat_interval_ms: z.int().min(50).max(600_000),
  /** How long a session without a connection can be resumed. */
  resume_window_ms: z.int().min(0).max(DAY_MS),
  /** Between two identifies of one key, `shard_id % max_concurrency`. */
  identify_interval_ms: z.int().min(0).max(600_000),
  max_concurrency: positive(1_000),
  /** Identifies in a window; one more revokes the token. */
  session_starts: z.int().min(0).max(1_000_000),
  session_start_window_ms: positive(DAY_MS),
  /** What `GET /gateway/bot` recommends; null: one for every 1,000 guilds. */
  shards: positive(16_000).nullable(),
  /** More of them in one shard are refused with 4011. */
  max_guilds_per_shard: positive(1_000_000),
  /** Above 150,000 guilds the number of shards has to be a multiple of this (4010). */
  shard_multiple: positive(1_000),
  /** Payloads that a connection may send in a window; one more closes it with 4008. */
  send_limit: positive(1_000_000),
  send_window_ms: positive(DAY_MS),
  /** Events that a session keeps for a resume, by number; by bytes they share `event_log_bytes`. */
  event_log_length: positive(1_000_000),
  /** Over all sessions, shared equally; counted in UTF-16 units. */
  event_log_bytes: positive(4_294_967_296),
  /** A connection that has more than this unsent is dropped. */
  max_buffered_bytes: positive(1_073_741_824),
  /** Between two requests for all members of one guild. */
  request_members_interval_ms: z.int().min(0).max(600_000),
  /** Whether the deletion of a role is followed by an update of everybody who had it. */
  role_delete_member_updates: z.boolean(),
  /** Whether a bulk edit is told as an update of everybody whom it changed. */
  bulk_edit_member_updates: z.boolean(),
})
export type GatewaySettings = z.output<typeof GatewaySettings>

/** What `PATCH /control/gateway` may change while the gateway runs. */
export const GatewaySettingsPatch = GatewaySettings.partial()

/**
 * Discord's numbers where they are known. The log of events may take a quarter of the heap.
 *
 * @see https://discord.com/developers/docs/events/gateway
 */
export function defaultGatewaySettings(): GatewaySettings {
  return {
    heartbeat_interval_ms: 41_250,
    resume_window_ms: 90_000,
    identify_interval_ms: 5_000,
    max_concurrency: 1,
    session_starts: 1_000,
    session_start_window_ms: DAY_MS,
    shards: null,
    max_guilds_per_shard: 2_500,
    shard_multiple: 1,
    send_limit: 120,
    send_window_ms: 60_000,
    event_log_length: 20_000,
    event_log_bytes: Math.floor(getHeapStatistics().heap_size_limit / 4),
    max_buffered_bytes: 16_777_216,
    request_members_interval_ms: 30_000,
    role_delete_member_updates: false,
    bulk_edit_member_updates: true,
  }
}
