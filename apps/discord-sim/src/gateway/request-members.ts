import { setTimeout as sleep } from 'node:timers/promises'
import {
  type APIGuildMember,
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
} from 'discord-api-types/v10'
import type { Guild } from '../guild/guild.js'
import { toApiMember } from '../guild/member.js'
import { encode, encodeLazily } from './dispatch.js'
import { findFault, type GatewayFault } from './fault.js'
import type { GatewayState } from './gateway-state.js'
import type { Line } from './line.js'
import type { RequestMembers } from './payloads.js'
import { selectMembers } from './select-members.js'
import type { Session } from './session.js'
import { shardOf } from './sessions.js'
import { drained } from './wire.js'

export const MEMBERS_PER_CHUNK = 1_000
/** A longer one is as good as none. */
const MAX_NONCE_BYTES = 32
/** No further chunk while more than this is unsent. */
const CHUNK_BUFFER_BYTES = 4_194_304

/**
 * Op 8: members of one guild in chunks of at most 1,000. All of them are sent once in 30 seconds at most; what comes
 * sooner is answered by RATE_LIMITED.
 *
 * @see https://discord.com/developers/docs/events/gateway-events#request-guild-members
 */
export function requestMembers(state: GatewayState, line: Line, session: Session, asked: RequestMembers) {
  const nonce = asked.nonce !== undefined && Buffer.byteLength(asked.nonce) <= MAX_NONCE_BYTES ? asked.nonce : undefined
  const guild = state.simulator.guildOf(asked.guild_id)
  const isAll = asked.query === '' && (asked.limit ?? 0) === 0
  if (isAll && (session.intents & GatewayIntentBits.GuildMembers) === 0)
    return line.close(GatewayCloseCodes.DisallowedIntents)
  // Of a guild that the session does not have, nothing is said at all.
  const isItsGuild = guild?.bot !== undefined && shardOf(guild.id, session.shard[1]) === session.shard[0]
  if (!isItsGuild || state.unavailableGuilds.has(guild.id)) return
  const waitMs = isAll ? state.memberRequests.take(guild.id) : 0
  if (waitMs > 0) {
    const meta = { guild_id: guild.id, ...(nonce === undefined ? {} : { nonce }) }
    const d = { opcode: GatewayOpcodes.RequestGuildMembers, retry_after: waitMs / 1_000, meta } as const
    return state.give(session, encode({ t: GatewayDispatchEvents.RateLimited, d }, { guild_id: guild.id }))
  }
  const occasion = { shard: session.shard[0], guild_id: guild.id, event: GatewayDispatchEvents.GuildMembersChunk }
  const faults = state.drawFaults('request_members', occasion)
  void sendChunks(state, session, { guild, asked, nonce, faults })
}

interface Request {
  readonly guild: Guild
  readonly asked: RequestMembers
  readonly nonce: string | undefined
  readonly faults: readonly GatewayFault[]
}

/** The members are computed chunk by chunk, when there is room to send one; and anew if a resume asks for it again. */
async function sendChunks(state: GatewayState, session: Session, { guild, asked, nonce, faults }: Request) {
  const { pages, notFound, count } = selectMembers(guild, asked, MEMBERS_PER_CHUNK)
  const places = findFault(faults, 'reorder_chunks') ? [...pages].reverse() : pages
  const slow = findFault(faults, 'slow_chunks')
  for (const { index, members } of places) {
    if (faults.some((it) => it.fault === 'missing_chunk' && it.index === index)) continue
    if (slow) await sleep(slow.ms, undefined, { ref: false })
    if (session.line) await drained(session.line.wire, CHUNK_BUFFER_BYTES)
    if (state.sessions.get(session.id) !== session) return
    const make = () => ({
      guild_id: guild.id,
      members: members().map((member): APIGuildMember => toApiMember(member)),
      chunk_index: index,
      chunk_count: count,
      ...(notFound.length > 0 ? { not_found: [...notFound] } : {}),
      ...(nonce === undefined ? {} : { nonce }),
    })
    state.give(session, encodeLazily(GatewayDispatchEvents.GuildMembersChunk, make, { guild_id: guild.id }))
  }
}
