import { type APIRole, GatewayDispatchEvents as Event, type RESTGetAPIGatewayBotResult } from 'discord-api-types/v10'
import t, { type Test } from 'tap'
import type { GatewaySettings } from '../../src/gateway/settings.js'
import { bot, GUILDS, until } from '../fixtures/gateway-clients.js'
import { GUILD_ID, serve } from '../fixtures/serve.js'

const GUILD = `/guilds/${GUILD_ID}`
/** Identifies as fast as a test likes. */
const QUICK = { identify_interval_ms: 0, heartbeat_interval_ms: 1_000 }

const served = (t: Test, settings: Partial<GatewaySettings> = {}) =>
  serve(t, {}, { gateway: { ...QUICK, ...settings } })

t.test('a bot connects, and is told its guilds', async (t) => {
  const it = await served(t)
  const { manager, events, named } = bot(t, it)
  const before = (await it.discord<RESTGetAPIGatewayBotResult>('GET /gateway/bot')).json()
  t.match(before, { shards: 1, session_start_limit: { total: 1_000, remaining: 1_000, max_concurrency: 1 } })
  await manager.connect()
  await until(() => named(Event.GuildCreate).length === 1)
  t.match(events[0], { t: 'READY', s: 1, d: { v: 10, shard: [0, 1], guilds: [{ id: GUILD_ID, unavailable: true }] } })
  const [created] = named(Event.GuildCreate)
  t.match(created, { s: 2, d: { id: GUILD_ID, member_count: 51, members: { length: 1 }, roles: { length: 20 } } })
  const after = (await it.discord<RESTGetAPIGatewayBotResult>('GET /gateway/bot')).json()
  t.equal(after.session_start_limit.remaining, 999)
  t.ok(after.session_start_limit.reset_after <= 86_400_000)
  await until(
    async () => (await it.steer<{ counts: { heartbeats: number } }>('GET /gateway')).json().counts.heartbeats > 1,
  )
})

t.test('every edit is an event', async (t) => {
  const it = await served(t)
  const { manager, events, named } = bot(t, { ...it, intents: 7 })
  await manager.connect()
  await until(() => named(Event.GuildCreate).length === 1)
  const role = it.guild.seeded.ordinary[0] as string
  const member = it.guild.members.page(0n, 3)[2]?.id
  const edits: [string, unknown, object[]][] = [
    [`POST ${GUILD}/members`, { ids: ['123456789012345678'] }, [{ t: 'GUILD_MEMBER_ADD', d: { guild_id: GUILD_ID } }]],
    [
      `PATCH ${GUILD}/members/123456789012345678`,
      { nick: null, username: 'renamed' },
      [{ t: 'GUILD_MEMBER_UPDATE', d: { user: { id: '123456789012345678', username: 'renamed' }, nick: null } }],
    ],
    [
      `DELETE ${GUILD}/members/123456789012345678`,
      undefined,
      [{ t: 'GUILD_MEMBER_REMOVE', d: { guild_id: GUILD_ID, user: { id: '123456789012345678' } } }],
    ],
    [`PATCH ${GUILD}`, { name: 'Renamed' }, [{ t: 'GUILD_UPDATE', d: { name: 'Renamed' } }]],
    [`PATCH ${GUILD}/roles/${role}`, { name: 'R' }, [{ t: 'GUILD_ROLE_UPDATE', d: { role: { id: role, name: 'R' } } }]],
    [`POST ${GUILD}/roles`, { name: 'New' }, [{ t: 'GUILD_ROLE_CREATE', d: { role: { name: 'New' } } }]],
  ]
  for (const [call, body, expected] of edits) {
    const seen = events.length
    await it.steer(call, body)
    await until(() => events.length >= seen + expected.length)
    t.match(events.slice(seen), expected, call)
  }
  const asBot: [string, unknown, object[]][] = [
    [
      `PUT ${GUILD}/members/${member}/roles/${role}`,
      undefined,
      [
        { t: 'GUILD_MEMBER_UPDATE', d: { user: { id: `${member}` } } },
        { t: 'GUILD_AUDIT_LOG_ENTRY_CREATE', d: { action_type: 25 } },
      ],
    ],
    [
      `DELETE ${GUILD}/roles/${role}`,
      undefined,
      [
        { t: 'GUILD_ROLE_DELETE', d: { role_id: role } },
        { t: 'GUILD_AUDIT_LOG_ENTRY_CREATE', d: { action_type: 32 } },
      ],
    ],
  ]
  await it.steer(`PATCH ${GUILD}/members/${member}`, { roles: [] })
  await until(() => events.length > 8)
  for (const [call, body, expected] of asBot) {
    const seen = events.length
    t.equal((await it.discord(call, body)).status, 204)
    await until(() => events.length >= seen + expected.length)
    t.match(events.slice(seen), expected, call)
  }
  t.strictSame(
    events.map((event) => event.s),
    events.map((_, place) => place + 1),
    'numbered without gaps',
  )
})

t.test('a session without the intent hears nothing of members', async (t) => {
  const it = await served(t)
  const { manager, events } = bot(t, { ...it, intents: GUILDS })
  await manager.connect()
  await it.steer(`POST ${GUILD}/members`, { count: 3 })
  const role = (await it.steer<APIRole>(`POST ${GUILD}/roles`, { name: 'New' })).json()
  await it.steer(`PATCH ${GUILD}/members/${it.simulator.bot.id}`, { nick: 'me' })
  await until(() => events.length >= 4)
  t.match(
    events.map((event) => event.t),
    ['READY', 'GUILD_CREATE', 'GUILD_ROLE_CREATE', 'GUILD_MEMBER_UPDATE'],
  )
  t.match(events[2], { d: { role: { id: role.id } } })
  t.match(events[3], { d: { nick: 'me', user: { id: `${it.simulator.bot.id}` } } }, 'but always of the bot itself')
})

t.test('a resume after a cut connection sends exactly what was missed', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  await it.steer(`POST ${GUILD}/members`, { count: 5 })
  await until(() => client.events.length === 7)
  t.match((await it.steer('POST /gateway/faults', { fault: 'tcp_drop' })).json(), { struck: 1 })
  await it.steer(`POST ${GUILD}/members`, { count: 10 })
  await until(() => client.resumes === 1)
  await it.steer(`POST ${GUILD}/members`, { count: 2 })
  await until(() => client.named(Event.GuildMemberAdd).length >= 17)
  const numbers = client.events.map((event) => event.s)
  t.strictSame(numbers, [...Array.from({ length: 17 }, (_, place) => place + 1), 17, 18, 19])
  t.equal(client.named(Event.Resumed).length, 1)
  const ids = client.named(Event.GuildMemberAdd).map((event) => event.d.user.id)
  t.equal(new Set(ids).size, 17)
  t.match((await it.steer('GET /gateway/resumes')).json(), [
    { outcome: 'resumed', replayed: 10, at_resume_url: true, seq: 7 },
  ])
  const sent = (await it.steer<{ sent: boolean }[]>('GET /gateway/sent')).json()
  t.equal(sent.filter((record) => !record.sent).length, 10)
  t.match((await it.steer('GET /gateway/closes')).json(), [{ by: 'simulator', code: 1_006, reason: 'fault' }])
})

t.test('another process takes the session over after 4200', async (t) => {
  const it = await served(t)
  const first = bot(t, it)
  await first.manager.connect()
  await it.steer(`POST ${GUILD}/members`, { count: 5 })
  await until(() => first.events.length === 7)
  const sessions = new Map(first.sessions)
  await first.manager.destroy({ code: 4_200 })
  await it.steer(`POST ${GUILD}/members`, { count: 4 })
  const second = bot(t, { ...it, sessions })
  await second.manager.connect()
  await until(() => second.named(Event.Resumed).length === 1)
  t.strictSame(
    second.events.map(({ t, s }) => [t, s]),
    [8, 9, 10, 11].map((s) => ['GUILD_MEMBER_ADD', s] as const).concat([['RESUMED', 11] as never]),
  )
  t.equal((await it.steer<unknown[]>('GET /gateway/identifies')).json().length, 1)
})

t.test('a session that waited too long is gone', async (t) => {
  const it = await served(t, { resume_window_ms: 50 })
  const first = bot(t, it)
  await first.manager.connect()
  const sessions = new Map(first.sessions)
  await first.manager.destroy({ code: 4_200 })
  await until(async () => (await it.steer<unknown[]>('GET /gateway/sessions')).json().length === 0)
  const second = bot(t, { ...it, sessions })
  await second.manager.connect()
  await until(() => second.named(Event.Ready).length === 1)
  t.match((await it.steer('GET /gateway/resumes')).json(), [{ outcome: 'invalid_session' }])
  t.equal((await it.steer<unknown[]>('GET /gateway/identifies')).json().length, 2)
})

t.test('a bulk edit is an update of everybody whom it changed', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  const role = it.guild.seeded.ordinary[0] as string
  const others = (await it.truth()).filter((member) => !member.roles.includes(role)).map((member) => member.user.id)
  await it.steer(`POST ${GUILD}/bulk-edits`, { kind: 'add-role', role_id: role })
  await until(() => client.named(Event.GuildMemberUpdate).length >= others.length)
  const updated = client.named(Event.GuildMemberUpdate)
  t.strictSame(
    updated.map((event) => event.d.user.id),
    others,
  )
  t.ok(updated.every((event) => event.d.roles.includes(role)))
  await it.steer('PATCH /gateway', { bulk_edit_member_updates: false })
  await it.steer(`POST ${GUILD}/bulk-edits`, { kind: 'remove-role', role_id: role })
  await it.steer(`PATCH ${GUILD}`, { name: 'after' })
  await until(() => client.named(Event.GuildUpdate).length === 1)
  t.equal(client.named(Event.GuildMemberUpdate).length, others.length)
})

t.test('the deletion of a role is followed by member updates only when that is asked for', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  const [first = '', second = ''] = it.guild.seeded.ordinary
  const holders = (await it.truth()).filter((member) => member.roles.includes(second)).map((member) => member.user.id)
  t.ok(holders.length > 0)
  await it.steer(`DELETE ${GUILD}/roles/${first}`)
  await it.steer('PATCH /gateway', { role_delete_member_updates: true })
  await it.steer(`DELETE ${GUILD}/roles/${second}`)
  await until(() => client.named(Event.GuildMemberUpdate).length === holders.length)
  t.strictSame(
    client.named(Event.GuildMemberUpdate).map((event) => event.d.user.id),
    holders,
  )
  t.strictSame(
    client.named(Event.GuildRoleDelete).map((event) => event.d.role_id),
    [first, second],
  )
})

t.test('who renames themselves does so in every guild, and the bot is told of itself', async (t) => {
  const it = await served(t)
  const other = (await it.steer<{ id: string }>('POST /guilds', { members: 10, seed: 3, roles: 5 })).json().id
  const client = bot(t, it)
  await client.manager.connect()
  const id = '123456789012345678'
  for (const guild of [GUILD_ID, other]) await it.steer(`POST /guilds/${guild}/members`, { ids: [id] })
  t.strictSame((await it.steer(`PATCH /users/${id}`, { username: 'renamed' })).json(), { user_id: id, guilds: 2 })
  await it.steer(`PATCH /users/${it.simulator.bot.id}`, { username: 'Roll' })
  await until(() => client.named(Event.GuildMemberUpdate).length === 4)
  t.match(client.named(Event.GuildMemberUpdate)[1], { d: { guild_id: other, user: { id, username: 'renamed' } } })
  t.match(client.named(Event.UserUpdate), [{ d: { id: `${it.simulator.bot.id}`, username: 'Roll' } }])
  t.equal((await it.steer('PATCH /users/111111111111111111', { username: 'x' })).status, 404)
})

t.test('a bot that is thrown out hears that alone, and all of the guild when it is back', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  await until(() => client.named(Event.GuildCreate).length === 1)
  await it.steer(`DELETE ${GUILD}/members/${it.simulator.bot.id}`)
  await it.steer(`POST ${GUILD}/members`, { count: 3 })
  await it.steer(`POST ${GUILD}/members`, { ids: [`${it.simulator.bot.id}`] })
  await until(() => client.named(Event.GuildCreate).length === 2)
  t.strictSame(
    client.events.slice(2).map((event) => event.t),
    ['GUILD_DELETE', 'GUILD_CREATE'],
  )
  t.strictSame(client.named(Event.GuildDelete)[0]?.d, { id: GUILD_ID })
  t.match(client.named(Event.GuildCreate)[1], {
    d: { member_count: 54, members: [{ user: { username: 'Rollcall' } }] },
  })
})
