import { Client } from 'pg'
import { guildMemberRows, guildRoleRows } from './guild-side.js'
import type { Row } from './row.js'
import { storedMemberRows, storedRoleRows } from './stored-side.js'

const DIFFERENCES_TOLD = 5

export interface Comparison {
  readonly members: number
  readonly roles: number
  readonly differences: number
  /** The first few, by id and field, without anybody's name. */
  readonly told: readonly string[]
}

export interface Places {
  readonly databaseUrl: string
  readonly controlUrl: string
  readonly guildId: string
}

/**
 * Holds the mirror against the guild, row by row: every member and role that one side has and the other lacks, and every
 * field that is not the same. Both sides are read in pages, so the size of the guild does not matter.
 */
export async function compareMirror({ databaseUrl, controlUrl, guildId }: Places): Promise<Comparison> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const members = await compareRows('member', guildMemberRows(controlUrl, guildId), storedMemberRows(client, guildId))
    const roles = await compareRows('role', guildRoleRows(controlUrl, guildId), storedRoleRows(client, guildId))
    return {
      members: members.rows,
      roles: roles.rows,
      differences: members.differences + roles.differences,
      told: [...members.told, ...roles.told].slice(0, DIFFERENCES_TOLD),
    }
  } finally {
    await client.end()
  }
}

/** A sort-merge join of the two; `rows` counts those of the guild. */
export async function compareRows(kind: string, guild: AsyncIterator<Row>, stored: AsyncIterator<Row>) {
  const told: string[] = []
  let rows = 0
  let differences = 0
  const differs = (text: string) => {
    differences++
    if (told.length < DIFFERENCES_TOLD) told.push(`${kind} ${text}`)
  }
  let [left, right] = [await guild.next(), await stored.next()]
  while (!left.done || !right.done) {
    if (!left.done && (right.done || left.value.id < right.value.id)) {
      rows++
      differs(`${left.value.id} is missing from the mirror`)
      left = await guild.next()
    } else if (!right.done && (left.done || right.value.id < left.value.id)) {
      differs(`${right.value.id} is in the mirror only`)
      right = await stored.next()
    } else if (!left.done && !right.done) {
      rows++
      const fields = differingFields(left.value, right.value)
      if (fields.length > 0) differs(`${left.value.id} differs in ${fields.join(', ')}`)
      left = await guild.next()
      right = await stored.next()
    }
  }
  return { rows, differences, told }
}

const differingFields = (left: Row, right: Row) =>
  Object.keys(left.fields).filter((name) => left.fields[name] !== right.fields[name])
