import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Guild } from '../guild/guild.js'

/** The last count of each guild, good until the guild changes. */
const counted = new WeakMap<Guild, { version: number; counts: Record<string, number> }>()

/** How many members have each role, without `@everyone`. Looks at every member; others get their turn between pages. */
export async function countRoleMembers(guild: Guild): Promise<Record<string, number>> {
  const known = counted.get(guild)
  if (known?.version === guild.version) return known.counts
  const { version } = guild
  const counts: Record<string, number> = {}
  for (const id of guild.roles.keys()) if (id !== guild.id) counts[id] = 0
  for (const page of guild.members.pages()) {
    for (const { roles } of page) for (const id of roles) counts[id] = (counts[id] ?? 0) + 1
    await yieldToOthers()
  }
  counted.set(guild, { version, counts })
  return counts
}
