import { Client } from 'pg'
import { guildMembers } from '../mirror/guild-side.js'

const ROWS_PER_STATEMENT = 1_000

/** The guild's roles as JSON, ready to be sent: one text for one statement. Not part of what is measured. */
export async function rolePayloads(controlUrl: string, guildId: string): Promise<string[]> {
  const payloads: string[] = []
  let rows: { id: string; roles: string[] }[] = []
  const cut = () => {
    if (rows.length > 0) payloads.push(JSON.stringify(rows))
    rows = []
  }
  for await (const { user, roles } of guildMembers(controlUrl, guildId)) {
    rows.push({ id: user.id, roles: [...roles].sort(numerically) })
    if (rows.length === ROWS_PER_STATEMENT) cut()
  }
  cut()
  return payloads
}

/** Ids have no leading zero, so the longer one is the larger. */
const numerically = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1)

/**
 * The floor: the same changes with nothing around them. One connection, one plain statement for a thousand rows at a time,
 * each its own transaction and on disk when it is answered; no checks, no verdicts, no reading of the mirror.
 *
 * @returns how many rows changed
 */
export async function runFloor(databaseUrl: string, guildId: string, payloads: readonly string[]): Promise<number> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const observedAt = new Date().toISOString()
  let changed = 0
  try {
    for (const payload of payloads) {
      const { rowCount } = await client.query(
        `update member
            set roles = change.roles, observed_at = $3
           from json_to_recordset($2::json) as change (id bigint, roles bigint[])
          where member.guild_id = $1 and member.id = change.id and member.roles is distinct from change.roles`,
        [guildId, payload, observedAt],
      )
      changed += rowCount ?? 0
    }
  } finally {
    await client.end()
  }
  return changed
}
