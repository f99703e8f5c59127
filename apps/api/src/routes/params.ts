import { MAX_PAGE_MEMBERS, SnowflakeParam } from '@rollcall/contract'
import { z } from 'zod'

export const GuildParams = z.object({ guild_id: SnowflakeParam })
export const RoleParams = z.object({ guild_id: SnowflakeParam, role_id: SnowflakeParam })
export const MemberParams = z.object({ guild_id: SnowflakeParam, member_id: SnowflakeParam })
export const SyncRunParams = z.object({ guild_id: SnowflakeParam, run_id: SnowflakeParam })

/** `limit` of a keyset page: 1 to the limit, which is also what is meant when it is left out. */
export const PageLimit = z
  .string()
  .regex(/^\d{1,9}$/, `Expected a whole number from 1 to ${MAX_PAGE_MEMBERS}`)
  .transform(Number)
  .refine((it) => it >= 1 && it <= MAX_PAGE_MEMBERS, `Expected a whole number from 1 to ${MAX_PAGE_MEMBERS}`)
  .default(MAX_PAGE_MEMBERS)
  .meta({ type: 'integer', minimum: 1, maximum: MAX_PAGE_MEMBERS })

export const BotParams = z.object({ bot_id: SnowflakeParam })
export const NoticeParams = z.object({ notice_id: SnowflakeParam })

const MAX_SHARD_NUMBER = 65_536

/** A number of shards, or of one of them, in a query. */
export const shardNumber = (min: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `Expected a whole number from ${min} to ${MAX_SHARD_NUMBER}`)
    .transform(Number)
    .refine((it) => it >= min && it <= MAX_SHARD_NUMBER, `Expected a whole number from ${min} to ${MAX_SHARD_NUMBER}`)
    .meta({ type: 'integer', minimum: min, maximum: MAX_SHARD_NUMBER })
