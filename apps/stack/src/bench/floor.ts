import { Client, type QueryResult } from 'pg'
import { ROWS_PER_STATEMENT } from './changed-rows.js'

/**
 * The floor: the same work with nothing around it. One connection, one plain statement for a thousand rows at a time, each
 * its own transaction and on disk when it is answered; no checks, no verdicts, no reading of the mirror.
 */
export class Floor {
  constructor(
    readonly databaseUrl: string,
    readonly guildId: string,
  ) {}

  /** @returns how many rows were created */
  create(payloads: readonly string[]): Promise<number> {
    return this.#each(
      payloads,
      `insert into member (guild_id, id, name, display_name, discriminator, roles, observed_at)
       select $1::bigint, id, name, display_name, discriminator, roles, now()
         from json_to_recordset($2::json)
           as member (id bigint, name text, display_name text, discriminator smallint, roles bigint[])`,
      `insert into guild (id, name, observed_at) values ($1, 'floor', now())`,
    )
  }

  /** @returns how many rows changed */
  change(payloads: readonly string[]): Promise<number> {
    return this.#each(
      payloads,
      `update member set roles = change.roles, observed_at = now()
         from json_to_recordset($2::json) as change (id bigint, roles bigint[])
        where member.guild_id = $1 and member.id = change.id and member.roles is distinct from change.roles`,
    )
  }

  /**
   * The same with what a route cannot leave out: unknown roles are found, and the changed rows are sent back.
   *
   * @returns how many rows changed
   */
  changeWithChecks(payloads: readonly string[]): Promise<number> {
    return this.#each(
      payloads,
      `with change as materialized (
         select id, roles from json_to_recordset($2::json) as change (id bigint, roles bigint[])
       ), unknown as (
         select named.id from (select distinct unnest(roles) as id from change) as named
          where not exists (select from role where role.guild_id = $1 and role.id = named.id)
       )
       update member set roles = change.roles, observed_at = now()
         from change
        where member.guild_id = $1 and member.id = change.id and member.roles is distinct from change.roles
          and not exists (select from unknown)
       returning member.id, name, display_name, discriminator, member.roles, in_guild, member.observed_at`,
    )
  }

  /** Makes the roles known that these members have; not part of what is measured. */
  async learnRoles(payloads: readonly string[]): Promise<void> {
    await this.#each(
      payloads,
      `insert into role (guild_id, id, name, colour, permissions, position, observed_at)
       select distinct $1::bigint, unnest(roles), 'floor', 0, 0, 0, now()
         from json_to_recordset($2::json) as member (roles bigint[])
       on conflict do nothing`,
    )
  }

  /** In one statement. @returns how many members lost the role */
  deleteRole(roleId: string): Promise<number> {
    return this.#each(
      [roleId],
      `update member set roles = array_remove(roles, $2::bigint) where guild_id = $1 and roles @> array[$2::bigint]`,
    )
  }

  /** A display name each, one member after the other. @returns how long each took, in milliseconds */
  patchOnes(ids: readonly string[]): Promise<number[]> {
    return this.#with(async (client) => {
      const took: number[] = []
      for (const [number, id] of ids.entries()) {
        const startedMs = performance.now()
        await client.query('update member set display_name = $3, observed_at = now() where guild_id = $1 and id = $2', [
          this.guildId,
          id,
          `number ${number}`,
        ])
        took.push(performance.now() - startedMs)
      }
      return took
    })
  }

  /** Every member as JSON, in pages. @returns how many they are */
  list(): Promise<number> {
    return this.#pages('json_agg(page)::text')
  }

  /** A hash of every page of members. @returns how many they are */
  digest(): Promise<number> {
    return this.#pages(`sha256(convert_to(string_agg(page::text, ''), 'UTF8'))`)
  }

  #pages(aggregate: string): Promise<number> {
    return this.#with(async (client) => {
      let members = 0
      for (let after: string | null = '-1'; after !== null; ) {
        const { rows }: QueryResult<{ count: number; last: string | null }> = await client.query(
          `select ${aggregate}, count(*)::int as count, max(id) as last
             from (select id, name, display_name, discriminator, roles, in_guild, observed_at from member
                    where guild_id = $1 and id > $2 order by id limit ${ROWS_PER_STATEMENT}) as page`,
          [this.guildId, after],
        )
        members += rows[0]?.count ?? 0
        after = rows[0]?.count === ROWS_PER_STATEMENT ? rows[0].last : null
      }
      return members
    })
  }

  #each(payloads: readonly string[], statement: string, first?: string): Promise<number> {
    return this.#with(async (client) => {
      if (first !== undefined) await client.query(first, [this.guildId])
      let rows = 0
      for (const payload of payloads) rows += (await client.query(statement, [this.guildId, payload])).rowCount ?? 0
      return rows
    })
  }

  async #with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    // As the API does: a new table has no statistics, and the planner would sort the rest of the guild for every page.
    const client = new Client({ connectionString: this.databaseUrl, options: '-c enable_bitmapscan=off' })
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
}
