import type { Client } from 'pg'
import { type Row, sortedIds } from './row.js'

const PAGE_ROWS = 5_000

interface StoredMember {
  readonly id: string
  readonly name: string
  readonly display_name: string
  readonly discriminator: number
  readonly roles: string[]
}

/** The rows of those who are in the guild, straight from the table, ascending. */
export async function* storedMemberRows(client: Client, guildId: string): AsyncGenerator<Row> {
  let after = '-1'
  for (;;) {
    const { rows } = await client.query<StoredMember>(
      `select id, name, display_name, discriminator, roles
         from member
        where guild_id = $1 and id > $2 and in_guild
        order by id
        limit ${PAGE_ROWS}`,
      [guildId, after],
    )
    for (const { id, name, display_name, discriminator, roles } of rows) {
      yield { id: BigInt(id), fields: { name, display_name, discriminator, roles: sortedIds(roles) } }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_ROWS) return
    after = last.id
  }
}

interface StoredRole {
  readonly id: string
  readonly name: string
  readonly colour: number
  readonly permissions: string
  readonly position: number
}

/** The roles that exist, ascending; those that are deleted or being deleted do not. */
export async function* storedRoleRows(client: Client, guildId: string): AsyncGenerator<Row> {
  const { rows } = await client.query<StoredRole>(
    `select id, name, colour, permissions, position
       from role
      where guild_id = $1 and deleting_since is null
      order by id`,
    [guildId],
  )
  for (const { id, ...fields } of rows) yield { id: BigInt(id), fields: { ...fields } }
}
