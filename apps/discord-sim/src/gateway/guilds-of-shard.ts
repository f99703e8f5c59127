import { type APIUnavailableGuild, GatewayDispatchEvents } from 'discord-api-types/v10'
import type { Guild } from '../guild/guild.js'
import type { StubGuilds } from '../guild/stub-guilds.js'
import type { Simulator } from '../simulator.js'
import { type EncodedDispatch, encodeLazily } from './dispatch.js'
import type { Shard } from './session.js'
import { shardOf } from './sessions.js'
import { StubTemplate } from './stub-template.js'
import { guildCreate } from './to-dispatch.js'

/** The guilds that are not stubs and that the bot is in. */
function ordinary({ guilds }: Simulator, [id, count]: Shard): Guild[] {
  return [...guilds.values()].filter((guild) => guild.bot !== undefined && shardOf(guild.id, count) === id)
}

export function countGuildsOfShard(simulator: Simulator, shard: Shard): number {
  return ordinary(simulator, shard).length + simulator.stubs.ofShard(...shard).length
}

/** As in READY: all of them, and none of them known yet. */
export function unavailableGuilds(simulator: Simulator, shard: Shard): APIUnavailableGuild[] {
  const { stubs } = simulator
  const ids = ordinary(simulator, shard).map((guild) => guild.id)
  for (const index of stubs.ofShard(...shard)) ids.push(stubs.idAt(index))
  return ids.map((id) => ({ id, unavailable: true }))
}

/** One GUILD_CREATE for each guild of a shard, made when it is asked for: a shard can have thousands. */
export function* guildCreates(simulator: Simulator, shard: Shard): Generator<EncodedDispatch> {
  for (const guild of ordinary(simulator, shard)) yield guildCreateOf(guild)
  const { stubs } = simulator
  const template = stubs.count > 0 ? stubTemplate(stubs) : undefined
  for (const index of stubs.ofShard(...shard)) {
    const id = stubs.idAt(index)
    if (template !== undefined && !stubs.isChanged(id)) {
      const t = GatewayDispatchEvents.GuildCreate
      yield { t, json: () => template.jsonOf(stubs.seedAt(index)), guild_id: id }
    } else {
      const guild = stubs.get(id)
      if (guild?.bot) yield guildCreateOf(guild)
    }
  }
}

/** One for all shards of all sessions. */
const templates = new WeakMap<StubGuilds, StubTemplate>()

function stubTemplate(stubs: StubGuilds): StubTemplate {
  const template = templates.get(stubs) ?? new StubTemplate(stubs)
  templates.set(stubs, template)
  return template
}

/** Made anew when it is sent again: kept, the GUILD_CREATEs of all shards would be the largest part of the memory. */
export function guildCreateOf(guild: Guild): EncodedDispatch {
  return encodeLazily(GatewayDispatchEvents.GuildCreate, () => guildCreate(guild), { guild_id: guild.id })
}
