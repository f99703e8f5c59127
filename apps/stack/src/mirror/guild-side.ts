import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { type Row, sortedIds } from './row.js'

export const GuildMember = z.object({
  user: z.object({
    id: z.string(),
    username: z.string(),
    global_name: z.string().nullish(),
    discriminator: z.string(),
    bot: z.boolean().optional(),
  }),
  nick: z.string().nullish(),
  roles: z.array(z.string()),
})
export type GuildMember = z.output<typeof GuildMember>

const GuildRole = z.object({
  id: z.string(),
  name: z.string(),
  color: z.int(),
  colors: z.object({ primary_color: z.int() }).optional(),
  permissions: z.string(),
  position: z.int(),
})

/** Every member of the simulated guild as it is at this moment, ascending, one line of JSON at a time. */
export async function* guildMembers(controlUrl: string, guildId: string): AsyncGenerator<GuildMember> {
  const response = await fetch(`${controlUrl}/guilds/${guildId}/members`)
  if (!response.ok || !response.body) throw new Error(`The simulator answered ${response.status} for its members`)
  const input = Readable.fromWeb(response.body)
  try {
    for await (const line of createInterface({ input })) {
      if (line !== '') yield GuildMember.parse(JSON.parse(line))
    }
  } finally {
    // Whoever needs only the first gives the connection back.
    input.destroy()
  }
}

/** What the mirror must hold: written anew here, so that a fault of the syncer's own mapping shows. */
export async function* guildMemberRows(controlUrl: string, guildId: string): AsyncGenerator<Row> {
  for await (const { user, nick, roles } of guildMembers(controlUrl, guildId)) {
    yield {
      id: BigInt(user.id),
      fields: {
        name: user.username,
        display_name: nick ?? user.global_name ?? user.username,
        discriminator: Number(user.discriminator),
        roles: sortedIds(roles),
      },
    }
  }
}

export async function* guildRoleRows(controlUrl: string, guildId: string): AsyncGenerator<Row> {
  const response = await fetch(`${controlUrl}/guilds/${guildId}/roles`)
  if (!response.ok) throw new Error(`The simulator answered ${response.status} for its roles`)
  const roles = z.array(GuildRole).parse(await response.json())
  const ascending = roles.map((role) => ({ ...role, id: BigInt(role.id) })).sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const { id, name, color, colors, permissions, position } of ascending) {
    yield { id, fields: { name, colour: colors?.primary_color ?? color, permissions, position } }
  }
}
