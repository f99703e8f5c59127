import { type ClaimNoticeResponse, MAX_GUILDS_NAMED, type NoticeKind } from '@rollcall/contract'
import type { Pool } from '../pool.js'

/** Of a first start with a great many guilds the rest comes into the next notice. */
const MAX_GUILDS = 50_000

/** Those that another claim is just taking are passed over. The oldest come first, and are named. */
const CLAIM_NOTICE = `
with due as materialized (
  select guild_id, created_at from notice where kind = $1 and claim_id is null
  order by created_at, guild_id limit ${MAX_GUILDS} for update skip locked
), claim as (
  insert into notice_claim (kind, claimed_at) select $1, now() where exists (select from due) returning id
), taken as (
  update notice set claim_id = (select id from claim) from due where notice.kind = $1 and notice.guild_id = due.guild_id
)
select id, (select count(*)::integer from due) as guild_count, array(
    select named.guild_id::text from (
      select guild_id, created_at from due order by created_at, guild_id limit ${MAX_GUILDS_NAMED}) as named
    order by created_at, guild_id) as guild_ids
from claim`

const NAMES = `
select named.id, coalesce(stored.name, named.id::text) as name
from unnest($1::bigint[]) with ordinality as named (id, place)
left join lateral (select name from guild where id = named.id limit 1) as stored on true
order by place`

type Notice = NonNullable<ClaimNoticeResponse['notice']>

/** Takes everything that is due into one notice, given to this caller and to nobody else; null when nothing is. */
export async function claimNotice(pool: Pool, kind: NoticeKind): Promise<Notice | null> {
  const { rows } = await pool.query<{ id: bigint; guild_count: number; guild_ids: string[] }>(CLAIM_NOTICE, [kind])
  const claim = rows[0]
  if (!claim) return null
  const { rows: guilds } = await pool.query<Notice['guilds'][number]>(NAMES, [claim.guild_ids])
  return { id: claim.id, kind, guild_count: claim.guild_count, guilds }
}
