import { guildMembers, guildRoleRows } from '../mirror/guild-side.js'
import { query } from '../rig/query.js'
import type { System } from './system.js'

/** What is looked at of a run in the ledger, straight from the table. */
interface RunRow {
  readonly id: string
  readonly state: string
  readonly error: string | null
  readonly total: number
  readonly done: number
  readonly stale: number
  readonly failed: number
  readonly remaining: number
  readonly created: number
  readonly patched: number
  readonly departed: number
  readonly roles_written: number
  readonly roles_deleted: number
}

export type { RunRow }

const KEEP = (guildId: string) => `
create schema if not exists chaos;
drop table if exists chaos.member, chaos.role;
create table chaos.member as select * from public.member where guild_id = ${guildId};
create table chaos.role as select * from public.role where guild_id = ${guildId};`

const CHANGED = `
select count(*)::int as changed
from member left join chaos.member as kept using (guild_id, id)
where guild_id = $1
  and (kept.name, kept.display_name, kept.discriminator, kept.roles, kept.in_guild)
    is distinct from (member.name, member.display_name, member.discriminator, member.roles, member.in_guild)`

const REMOVED_MEMBERS = `
select kept.id from chaos.member as kept left join member using (guild_id, id)
where kept.in_guild and member.in_guild is not true`

const REMOVED_ROLES = `
select kept.id from chaos.role as kept left join role using (guild_id, id)
where kept.deleting_since is null and (role.id is null or role.deleting_since is not null)`

const LAST_RUN = 'select * from sync_run where guild_id = $1 order by id desc limit 1'

/** Keeps what the tables hold at this moment, to compare with later. */
export async function keepEvidence({ databaseUrl, simulator }: System): Promise<void> {
  // Not a parameter: these are several statements. It is the simulator's own id.
  await query(databaseUrl, KEEP(`${BigInt(simulator.guildId)}`))
}

export async function lastRun({ databaseUrl, simulator }: System): Promise<RunRow | undefined> {
  return (await query<RunRow>(databaseUrl, LAST_RUN, [simulator.guildId]))[0]
}

/** How many members differ from what was kept. */
export async function countChanged({ databaseUrl, simulator }: System): Promise<number> {
  const [row] = await query<{ changed: number }>(databaseUrl, CHANGED, [simulator.guildId])
  return row?.changed ?? 0
}

/** Who or what was there when the evidence was kept and is not now, although the guild has it. */
export async function wrongRemovals({ databaseUrl, simulator }: System): Promise<string[]> {
  const { controlUrl, guildId } = simulator
  const members = new Set((await query<{ id: string }>(databaseUrl, REMOVED_MEMBERS)).map(({ id }) => id))
  const roles = new Set((await query<{ id: string }>(databaseUrl, REMOVED_ROLES)).map(({ id }) => id))
  const wrong: string[] = []
  if (members.size > 0) {
    for await (const { user } of guildMembers(controlUrl, guildId)) {
      if (members.has(user.id)) wrong.push(`member ${user.id} is in the guild and was removed`)
    }
  }
  for await (const { id } of guildRoleRows(controlUrl, guildId)) {
    if (roles.has(`${id}`)) wrong.push(`role ${id} is in the guild and was removed`)
  }
  return wrong
}
