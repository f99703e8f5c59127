import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Client } from 'pg'
import { z } from 'zod'
import { GuildMember } from '../mirror/guild-side.js'
import { sortedIds } from '../mirror/row.js'
import { withClient } from '../rig/query.js'

const PAGE_ROWS = 1_000
const DIFFERENCES_TOLD = 5

const Edited = z.object({
  guild_id: z.string(),
  members: z.array(z.object({ id: z.string(), member: GuildMember.nullable() })),
})
interface EditedMember {
  readonly guildId: string
  readonly id: string
  readonly member: GuildMember | null
}

interface Stored {
  readonly name: string
  readonly display_name: string
  readonly discriminator: number
  readonly roles: string[]
  readonly in_guild: boolean
}

const STORED = `
select stored.name, stored.display_name, stored.discriminator, stored.roles, stored.in_guild
from unnest($1::bigint[], $2::bigint[]) with ordinality as edited (guild_id, id, place)
left join lateral (select * from member where guild_id = edited.guild_id and id = edited.id) as stored on true
order by place`

export interface EditedComparison {
  readonly guilds: number
  readonly members: number
  readonly differences: number
  readonly told: readonly string[]
}

/**
 * Holds everybody whom anything was told of against the mirror: of a small guild only they are known to be in it before it is
 * reconciled. Whoever has left may be missing there, and may not be present.
 */
export async function compareEdited(controlUrl: string, databaseUrl: string): Promise<EditedComparison> {
  const told: string[] = []
  let [guilds, members, differences] = [0, 0, 0]
  await withClient(databaseUrl, async (client) => {
    let page: EditedMember[] = []
    const compare = async () => {
      for (const text of await differencesOf(client, page)) {
        differences += 1
        if (told.length < DIFFERENCES_TOLD) told.push(text)
      }
      members += page.length
      page = []
    }
    for await (const edited of editedGuilds(controlUrl)) {
      guilds += 1
      page.push(...edited.members.map((it) => ({ ...it, guildId: edited.guild_id })))
      if (page.length >= PAGE_ROWS) await compare()
    }
    await compare()
  })
  return { guilds, members, differences, told }
}

async function* editedGuilds(controlUrl: string) {
  const response = await fetch(`${controlUrl}/stubs/edited-members`)
  if (!response.ok || !response.body) throw new Error(`The simulator answered ${response.status} for edited members`)
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
    if (line !== '') yield Edited.parse(JSON.parse(line))
  }
}

async function differencesOf(client: Client, page: readonly EditedMember[]): Promise<string[]> {
  const values = [page.map((it) => it.guildId), page.map((it) => it.id)]
  const { rows } = await client.query<Partial<Stored> | Stored>(STORED, values)
  return page.flatMap(({ guildId, id, member }, place) => {
    const difference = differenceOf(member, rows[place] as Stored | undefined)
    return difference === undefined ? [] : [`member ${id} of guild ${guildId} ${difference}`]
  })
}

function differenceOf(member: GuildMember | null, stored: Stored | undefined): string | undefined {
  const isPresent = stored?.in_guild === true
  if (member === null) return isPresent ? 'has left, and is there' : undefined
  if (!isPresent || stored === undefined) return 'is missing'
  const { user, nick, roles } = member
  const isSame =
    stored.name === user.username &&
    stored.display_name === (nick ?? user.global_name ?? user.username) &&
    stored.discriminator === Number(user.discriminator) &&
    sortedIds(stored.roles) === sortedIds(roles)
  return isSame ? undefined : 'differs'
}
