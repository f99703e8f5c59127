import { GatewayCloseCodes as Code, GatewayDispatchEvents } from 'discord-api-types/v10'
import type { Connection } from './connection.js'
import { numbered } from './dispatch.js'
import { findFault } from './fault.js'
import type { ResumeRecord } from './gateway-journal.js'
import type { Resume } from './payloads.js'
import type { Session } from './session.js'
import { drained } from './wire.js'

/** A replay stops while more than this is unsent. */
const REPLAY_BUFFER_BYTES = 1_048_576

/** Op 6: the session goes on where the client lost it, or it is told that there is nothing to go on with. */
export function resume(connection: Connection, asked: Resume) {
  const { state, address } = connection
  const { token, token_revoked } = state.simulator.settings
  const session = state.sessions.get(asked.session_id)
  const shard = session?.shard[0]
  const note = (outcome: ResumeRecord['outcome'], more: Partial<ResumeRecord> = {}) =>
    state.journal.resumes.add({
      session_id: asked.session_id,
      seq: asked.seq,
      at_resume_url: address.atResumeUrl,
      outcome,
      ...(session ? { shard: session.shard } : {}),
      ...more,
    })
  const closeWith = (code: number) => {
    note('closed', { code })
    connection.close(code)
  }
  if (token_revoked || asked.token !== token) return closeWith(Code.AuthenticationFailed)
  if (shard !== undefined && state.unavailableShards.has(shard)) {
    note('fault')
    return connection.drop('shard outage')
  }
  const faults = connection.suffer('resume', {}, shard)
  if (faults === undefined || findFault(faults, 'resume_hangs')) return void note('fault')
  const refused = findFault(faults, 'resume_refused')
  if (refused) {
    note('invalid_session')
    if (session && !refused.resumable) state.endSession(session)
    return connection.invalidate(refused.resumable)
  }
  if (session && (asked.seq > session.seq || asked.seq < 0)) {
    state.endSession(session)
    return closeWith(Code.InvalidSeq)
  }
  if (session === undefined || !session.log.reachesBackTo(asked.seq)) {
    note('invalid_session')
    if (session) state.endSession(session)
    return connection.invalidate(false)
  }
  note('resumed', { replayed: session.seq - asked.seq })
  connection.attach(session)
  session.resumes += 1
  void replay(connection, session, asked.seq)
}

/**
 * Sends what came after `seq`, then RESUMED, which bears the last number again. What happens meanwhile is sent as part
 * of it, so the order stays.
 */
async function replay(connection: Connection, session: Session, seq: number): Promise<void> {
  for (let next = seq + 1; next <= session.seq; next++) {
    const event = session.log.at(next)
    // The log has moved on past a client that reads too slowly.
    if (event === undefined) return connection.drop('slow reader')
    connection.wire.send(numbered(event, next))
    if (connection.wire.bufferedBytes <= REPLAY_BUFFER_BYTES) continue
    if (!(await drained(connection.wire, REPLAY_BUFFER_BYTES)) || session.line !== connection) return
  }
  connection.wire.send(numbered({ t: GatewayDispatchEvents.Resumed, json: '{}' }, session.seq))
  connection.isLive = true
}
