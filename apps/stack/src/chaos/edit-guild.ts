import type { Random } from '../rig/random.js'
import type { SimulatedGuild } from '../simulated-guild.js'

/** Fewer than the departure guard asks about. */
const MAX_LEAVES = 15
const MAX_JOINS = 40

/** Lets a day pass in the guild: everybody's roles change, some come, some go, and roles with them. @returns in words */
export async function editGuild(guild: SimulatedGuild, random: Random): Promise<string> {
  const leaves = random.integer(1, MAX_LEAVES)
  const joins = random.integer(1, MAX_JOINS)
  const touched = await guild.rotateRoles()
  const people = await guild.firstMembers(MAX_LEAVES * 20)
  const first = random.integer(0, people.length - leaves - 1)
  for (const { user } of people.slice(first, first + leaves)) await guild.leave(user.id)
  await guild.join(joins)
  const renamed = people[first + leaves]
  if (renamed) await guild.rename(renamed.user.id, `renamed.${random.integer(1, 1_000_000)}`)
  const roles = await guild.deletableRoles()
  await guild.deleteRole(random.pick(roles))
  await guild.createRole(`Role ${random.integer(1, 1_000_000)}`)
  return `${touched} role changes, ${leaves} leave, ${joins} join, a role goes, another comes`
}
