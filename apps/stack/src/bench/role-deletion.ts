import { Client } from 'pg'
import { secondsOf } from './seconds.js'
import { requireEqual, type Stage } from './stage.js'

/**
 * The API takes a role from all who have it, as one request; the next reconcile then has nothing to send. The floor is one
 * statement over the same rows.
 */
export async function measureRoleDeletion(stage: Stage, roleId: string) {
  const { postgres, simulator } = stage.ground
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const { rows: withRole } = await client.query<{ members: number; now: string }>(
      `select count(*)::int as members, pg_current_xact_id()::text as now
         from member where guild_id = $1 and roles @> array[$2::bigint]`,
      [simulator.guildId, roleId],
    )
    const { members = 0, now = '' } = withRole[0] ?? {}
    const deletion = await secondsOf(async () => {
      const { members_changed } = await stage.client.deleteRole(stage.guildId, BigInt(roleId))
      requireEqual('The API took the role from', members_changed, members)
    })
    // A row's xmin is the transaction that wrote it as it is.
    const { rows } = await client.query<{ changed: number; largest: number }>(
      `select sum(count)::int as changed, max(count)::int as largest
         from (select count(*) from member where guild_id = $1 and xmin::text::bigint > $2::bigint group by xmin) as written`,
      [simulator.guildId, now],
    )
    requireEqual('Rows written by the deletion', rows[0]?.changed ?? 0, members)
    const floor_deletion = await secondsOf(async () => {
      requireEqual('The floor changed', await stage.floor.deleteRole(roleId), members)
    })
    await stage.guild.deleteAnyRole(roleId)
    const { run } = await stage.reconcile()
    requireEqual('Members sent after the deletion', run.total, 0)
    await stage.requireTrue()
    return { deletion, floor_deletion, deletion_members: members, deletion_largest_transaction: rows[0]?.largest }
  } finally {
    await client.end()
  }
}
