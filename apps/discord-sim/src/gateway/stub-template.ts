import { channelIdOf, type GuildSeed, seededGuildName } from '../guild/guild.js'
import { MemberIds } from '../guild/member-ids.js'
import { stubRoleIds } from '../guild/seeded-roles.js'
import type { StubGuilds } from '../guild/stub-guilds.js'
import { guildCreate, LARGE_THRESHOLD } from './to-dispatch.js'

/**
 * The GUILD_CREATE of a stub that is as its seed says, without the guild: the JSON of the first one, cut where stubs differ,
 * is put together again with what is another's. It takes some microseconds, where making a guild takes a hundred.
 */
export class StubTemplate {
  /** Text, number of a difference, text, and so on. */
  readonly #parts: readonly (string | number)[]

  constructor(stubs: Pick<StubGuilds, 'fresh' | 'seedAt'>) {
    const differences = differencesOf(stubs.seedAt(0))
    const pieces = JSON.stringify(guildCreate(stubs.fresh(0))).split(new RegExp(`(${differences.join('|')})`))
    this.#parts = pieces.map((piece, place) => (place % 2 === 0 ? piece : differences.indexOf(piece)))
  }

  jsonOf(seed: GuildSeed): string {
    const differences = differencesOf(seed)
    let json = ''
    for (const part of this.#parts) json += typeof part === 'string' ? part : differences[part]
    return json
  }
}

/** As they stand in the JSON; none of them has a character that means something to a regular expression. */
function differencesOf({ id, seed, members }: GuildSeed): string[] {
  const { membersId, botRoleId } = stubRoleIds(seed, id)
  // With the bot.
  const count = members + 1
  const owner = new MemberIds(seed, members).idAt(0)
  return [
    ...[id, seededGuildName(seed), channelIdOf(id), `${owner}`, membersId, botRoleId].map((it) => `"${it}"`),
    `"member_count":${count}`,
    `"large":${count > LARGE_THRESHOLD}`,
  ]
}
