import t from 'tap'
import { type Script, shardOf } from '../../fixtures/gateway.js'

const ready = (d: unknown, s: unknown = 1) => ({ ready: { op: 0, t: 'READY', s, d } })
const session = { session_id: 'a', resume_gateway_url: 'wss://gateway.discord.gg' }

/** What Discord does not send, on the first connection, and what the shard then says on all of them. */
const ODDITIES: readonly [string, Script, readonly string[]][] = [
  ['a Hello without a body', { hello: { op: 10 } }, ['identify']],
  ['a Hello without an interval', { hello: { op: 10, d: {} } }, ['identify']],
  ['a Hello with an interval of nothing', { hello: { op: 10, d: { heartbeat_interval: 0 } } }, ['identify']],
  ['a READY without a body', ready(null), ['identify', 'identify']],
  ['a READY without guilds', ready(session), ['identify', 'identify']],
  ['a READY without a session', ready({ guilds: [] }), ['identify', 'identify']],
  ['a READY without a sequence', ready({ ...session, guilds: [] }, null), ['identify', 'identify']],
  ['an Invalid Session without a body', { later: [{ op: 9 }] }, ['identify', 'identify']],
  ['an Invalid Session with null', { later: [{ op: 9, d: null }] }, ['identify', 'identify']],
]
for (const [what, script, expected] of ODDITIES) {
  t.test(`${what} ends the connection, not the process`, async (t) => {
    const { shard, heard, until } = await shardOf(t, [script])
    const isDone = () => heard.length >= expected.length && shard.status.state === 'ready'
    await until('the next connection is ready', isDone)
    t.strictSame(heard, expected)
  })
}

t.test('what is no message is passed over', async (t) => {
  const odd = [null, 5, 'x', [], {}, { op: 99 }, { op: 0 }, { op: 0, t: null, s: null, d: null }]
  const later = [...odd, { op: 0, t: 'GUILD_UPDATE', s: 3, d: null }]
  const { shard, heard, dispatched, until } = await shardOf(t, [{ later }])
  await until('the last came through', () => dispatched.includes('GUILD_UPDATE'))
  t.equal(shard.status.state, 'ready')
  t.strictSame(heard, ['identify'])
})

t.test('a shard that starts over again and again waits longer each time, and says so', async (t) => {
  const { shard, heard, until } = await shardOf(t, [])
  const isReady = (identifies: number) => () => heard.length === identifies && shard.status.state === 'ready'
  await until('ready', isReady(1))
  shard.startOver('Something is wrong')
  await until('ready again', isReady(2))
  shard.startOver('Something is wrong')
  await until('it waits', () => shard.status.state === 'waiting')
  t.equal(shard.status.detail, 'Something is wrong: begins a new session in 5 s.')
  t.strictSame(heard, ['identify', 'identify'])
})
