import { randomBytes } from 'node:crypto'
import { setImmediate as yieldToOthers } from 'node:timers/promises'
import {
  type ApplicationFlags,
  GatewayDispatchEvents,
  type GatewayReadyDispatchData,
  GatewayVersion,
} from 'discord-api-types/v10'
import { checkIdentify } from './check-identify.js'
import type { Connection } from './connection.js'
import { encodeLazily } from './dispatch.js'
import { findFault } from './fault.js'
import { countGuildsOfShard, guildCreates, unavailableGuilds } from './guilds-of-shard.js'
import type { Identify } from './payloads.js'
import { Session, type Shard } from './session.js'
import { drained } from './wire.js'

/** A start stops sending guilds while more than this is unsent. */
const START_BUFFER_BYTES = 262_144
/** Guilds between two looks at what is unsent, and between two turns for everybody else. */
const GUILDS_PER_TURN = 50

/** Op 2: a new session, or one of the many reasons not to give one. */
export function identify(connection: Connection, asked: Identify) {
  const { state } = connection
  const { journal, settings, starts, simulator } = state
  const { token, token_revoked, members_intent } = simulator.settings
  const verdict = checkIdentify(asked, {
    isTokenValid: !token_revoked && asked.token === token,
    membersIntent: members_intent,
    guildCount: state.guildCount,
    guildsOfShard: (shard) => countGuildsOfShard(simulator, shard),
    settings,
  })
  const shard: Shard = typeof verdict === 'number' ? (asked.shard ?? [0, 1]) : verdict
  const record = { shard, key: shard[0] % settings.max_concurrency }
  if (typeof verdict === 'number') {
    journal.identifies.add({ ...record, outcome: 'closed', code: verdict })
    return connection.close(verdict)
  }
  if (!starts.spend()) {
    journal.identifies.add({ ...record, outcome: 'closed', code: 4_004 })
    return state.revokeToken()
  }
  if (state.unavailableShards.has(shard[0])) {
    journal.identifies.add({ ...record, outcome: 'fault' })
    return connection.drop('shard outage')
  }
  const faults = connection.suffer('identify', {}, shard[0])
  if (faults === undefined) {
    journal.identifies.add({ ...record, outcome: 'fault' })
    return
  }
  if (!starts.pace(shard[0])) {
    journal.identifies.add({ ...record, outcome: 'invalid_session' })
    return connection.invalidate(false)
  }
  const session = new Session(randomBytes(16).toString('hex'), shard, asked.intents, simulator.nowMs())
  const isMute = findFault(faults, 'no_ready') !== undefined
  journal.identifies.add({ ...record, outcome: isMute ? 'fault' : 'ready', session_id: session.id })
  if (isMute) return connection.hush()
  state.sessions.add(session)
  connection.attach(session)
  connection.isLive = true
  void start(connection, session)
}

/** READY, then one GUILD_CREATE after the other, no faster than the client reads. */
async function start(connection: Connection, session: Session): Promise<void> {
  const { state } = connection
  const ready = () => readyOf(connection, session)
  state.give(session, encodeLazily(GatewayDispatchEvents.Ready, ready, {}))
  let given = 0
  for (const event of guildCreates(state.simulator, session.shard)) {
    if (state.sessions.get(session.id) !== session) return
    if (!state.unavailableGuilds.has(`${event.guild_id}`)) state.giveIfWanted(session, event)
    given += 1
    if (given % GUILDS_PER_TURN > 0) continue
    if (session.line) await drained(session.line.wire, START_BUFFER_BYTES)
    await yieldToOthers()
  }
}

/** @see https://discord.com/developers/docs/events/gateway-events#ready */
function readyOf({ state: { simulator }, address }: Connection, { id, shard }: Session): GatewayReadyDispatchData {
  return {
    v: Number(GatewayVersion),
    user: simulator.botUser,
    guilds: unavailableGuilds(simulator, shard),
    session_id: id,
    resume_gateway_url: address.resumeUrl,
    shard: [...shard],
    application: { id: `${simulator.bot.id}`, flags: 0 as ApplicationFlags, flags_new: '0' },
  }
}
