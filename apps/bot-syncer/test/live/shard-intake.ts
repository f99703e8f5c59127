import type { GatewayDispatchPayload } from 'discord-api-types/v10'
import t from 'tap'
import { LiveQueue } from '../../src/live/core/live-queue.js'
import { SharedClock } from '../../src/live/core/shared-clock.js'
import { ShardIntake } from '../../src/live/shard-intake.js'

const GUILD = '267624335836053506'
const SESSION = { session_id: 'a', resume_gateway_url: 'wss://gateway.discord.gg' }

/** An intake whose session has just begun, with these guilds; their marks are sent. */
function intakeOf(guilds: readonly unknown[]) {
  const queue = new LiveQueue({ maxEvents: 1_000, maxBytes: 1e9, guildShare: 1, maxOverflowed: 10 })
  const malformed: string[] = []
  const intake = new ShardIntake({
    shardId: 0,
    session: undefined,
    queue,
    clock: new SharedClock(() => performance.now(), Date.now()),
    isFollowed: () => true,
    lookUp() {},
    onEvent: (type, outcome) => outcome === 'malformed' && malformed.push(type),
    onArrival() {},
    onFull() {},
  })
  const dispatch = (payload: object) => intake.dispatch(payload as GatewayDispatchPayload)
  /** What waits, confirmed as if it had been sent. */
  const send = () =>
    queue.take('mark', 1_000).map(({ guildId, step }) => {
      for (const ack of step.acks) ack.confirm()
      queue.settle(guildId)
      return `${guildId} ${step.dirty}`
    })
  dispatch({ t: 'READY', s: 1, d: { ...SESSION, guilds } })
  return { intake, malformed, dispatch, send }
}

t.test('of the guilds of READY, what is none is passed over', async (t) => {
  const { intake, send } = intakeOf([null, 5, {}, { id: 7 }, { id: 'x' }, { id: GUILD, unavailable: true }])
  t.equal(intake.resumePoint, undefined)
  t.strictSame(send(), [`${GUILD} new_session`])
  t.equal(intake.resumePoint?.sequence, 1)
})

t.test('waits for no more guilds than a session has, and marks them all', async (t) => {
  const guilds = Array.from({ length: 2_501 }, (_, at) => ({ id: `${BigInt(GUILD) + BigInt(at)}` }))
  const { intake, send } = intakeOf(guilds.slice(0, 3))
  t.equal(intake.awaited, 3)
  t.equal(send().length, 3)
  t.equal(intakeOf(guilds).intake.awaited, 2_500)
})

const OF_GUILDS = ['GUILD_CREATE', 'GUILD_UPDATE']
const IN_GUILDS = ['GUILD_ROLE_CREATE', 'GUILD_ROLE_UPDATE', 'GUILD_ROLE_DELETE']
const OF_MEMBERS = ['GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_REMOVE']

t.test('an event that is not as documented is counted, and its guild is dirty if it says which', async (t) => {
  const { intake, malformed, dispatch, send } = intakeOf([])
  let s = 1
  for (const type of [...OF_GUILDS, ...IN_GUILDS, ...OF_MEMBERS, 'GUILD_DELETE']) {
    for (const d of [undefined, null, 5, 'x', [], {}, { id: null, guild_id: null }, { id: 7, guild_id: 7 }]) {
      s += 1
      dispatch({ t: type, s, d })
      t.strictSame([malformed.splice(0), send()], [[type], []], `${type} ${JSON.stringify(d)}`)
    }
  }
  for (const type of [...OF_GUILDS, ...IN_GUILDS, ...OF_MEMBERS]) {
    for (const rest of [{}, { role: null, user: null, name: null, roles: null }, { user: { id: 1 }, roles: [null] }]) {
      s += 1
      dispatch({ t: type, s, d: { id: GUILD, guild_id: GUILD, ...rest } })
      t.strictSame([malformed.splice(0), send()], [[type], [`${GUILD} rejected`]], `${type} ${JSON.stringify(rest)}`)
    }
  }
  t.equal(intake.resumePoint?.sequence, s)
  t.equal(intake.open, 0)
})

t.test('an event of a name that is none, or without a sequence, does no harm', async (t) => {
  const { intake, malformed, dispatch, send } = intakeOf([])
  dispatch({ t: 'TYPING_START', s: 7, d: null })
  for (const type of ['constructor', 'toString', '__proto__', null, undefined, 5, {}]) {
    dispatch({ t: type, s: 7, d: { id: GUILD } })
  }
  for (const s of [undefined, null, 'x', -1, 1.5, Number.NaN]) {
    dispatch({ t: 'TYPING_START', s, d: {} })
    dispatch({ t: 'GUILD_UPDATE', s, d: { id: GUILD } })
    t.ok((intake.resumePoint?.sequence ?? 0) < 7, 'what is not stored is told again')
    t.strictSame([malformed.splice(0), send()], [['GUILD_UPDATE'], [`${GUILD} rejected`]])
    t.equal(intake.resumePoint?.sequence, 7)
  }
})
