import {
  type APIAuditLog,
  type APIGuild,
  type APIGuildMember,
  type APIMessage,
  type APIRole,
  type APIWebhook,
  AuditLogEvent,
} from 'discord-api-types/v10'
import t from 'tap'
import { BOT_HEADERS, GUILD_ID, type Served, serve } from '../fixtures/serve.js'

const GUILD = `/guilds/${GUILD_ID}`
const NOBODY = '111111111111111111'

/** Status, code and faults of a refused call. */
async function refusal(served: Served, call: string, body?: unknown, headers?: Record<string, string>) {
  const answer = await served.discord<{ code: number; message: string; errors?: unknown }>(call, body, headers)
  const { code, errors } = answer.json()
  return errors === undefined ? [answer.status, code] : [answer.status, code, errors]
}

const fault = (code: string, message: string) => ({ _errors: [{ code, message }] })

t.test('who asks must be the bot', async (t) => {
  const served = await serve(t)
  t.equal((await served.discord<{ id: string }>('GET /users/@me')).json().id, `${served.simulator.bot.id}`)
  const { authorization, 'user-agent': agent } = BOT_HEADERS
  t.strictSame(await refusal(served, 'GET /users/@me', undefined, { 'user-agent': agent }), [401, 0])
  t.strictSame(
    await refusal(served, 'GET /users/@me', undefined, { 'user-agent': agent, authorization: 'Bot x' }),
    [401, 0],
  )
  t.strictSame(await refusal(served, 'GET /users/@me', undefined, { authorization }), [403, 40333])
})

t.test('what is not there is told by its code', async (t) => {
  const served = await serve(t)
  const [member] = await served.listed()
  const id = member?.user.id
  const [everyone] = [...served.guild.roles.keys()]
  t.strictSame(await refusal(served, `GET /guilds/${NOBODY}`), [404, 10004])
  t.strictSame(await refusal(served, `GET ${GUILD}/members/${NOBODY}`), [404, 10007])
  t.strictSame(await refusal(served, `GET ${GUILD}/roles/${NOBODY}`), [404, 10011])
  t.strictSame(await refusal(served, `PUT ${GUILD}/members/${NOBODY}/roles/${everyone}`), [404, 10007])
  t.strictSame(await refusal(served, `DELETE ${GUILD}/members/${id}/roles/${NOBODY}`), [404, 10011])
  t.strictSame(await refusal(served, `PATCH ${GUILD}/members/${id}`, { roles: [NOBODY] }), [404, 10011])
  t.strictSame(await refusal(served, `POST /channels/${NOBODY}/messages`, { content: 'x' }), [404, 10003])
  t.strictSame(await refusal(served, `DELETE /webhooks/${NOBODY}`), [404, 10015])
  t.strictSame(await refusal(served, 'GET /nothing'), [404, 0])
  t.strictSame(await refusal(served, 'GET /../v9/users/@me'), [400, 50041])
  t.strictSame(await refusal(served, `POST ${GUILD}/roles`, '{"name":'), [400, 50109])
  t.strictSame(await refusal(served, 'GET /guilds/home'), [
    400,
    50035,
    { guild_id: fault('NUMBER_TYPE_COERCE', 'Value "home" is not snowflake.') },
  ])
})

t.test('what no route can take is refused in the same shape', async (t) => {
  let stopped = false
  const nowMs = () => {
    if (stopped) throw new Error('The clock has stopped')
    return Date.now()
  }
  const served = await serve(t, {}, { nowMs })
  const typed = { ...BOT_HEADERS, 'content-type': 'application/xml' }
  const xml = await fetch(`${served.origin}/api/v10${GUILD}/roles`, { method: 'POST', headers: typed, body: '<x/>' })
  t.strictSame(await xml.json(), { message: '415: Unsupported Media Type', code: 0 })
  const huge = { name: 'x'.repeat(2_200_000) }
  t.strictSame((await served.discord(`POST ${GUILD}/roles`, huge)).json(), {
    message: '413: Payload Too Large',
    code: 0,
  })
  stopped = true
  const broken = await served.discord('GET /users/@me')
  t.strictSame([broken.status, broken.json()], [500, { message: '500: Internal Server Error', code: 0 }])
})

t.test('a guild that the bot has left or may not list is forbidden', async (t) => {
  const served = await serve(t)
  await served.steer('PATCH /app', { members_intent: false })
  t.strictSame(await refusal(served, `GET ${GUILD}/members`), [403, 50001])
  t.equal((await served.discord(`GET ${GUILD}/members/search?query=a`)).status, 200)
  await served.steer(`DELETE ${GUILD}/members/${served.simulator.bot.id}`)
  t.strictSame(await refusal(served, `GET ${GUILD}`), [403, 50001])
  t.strictSame(
    await refusal(served, `POST /channels/${served.guild.channelId}/messages`, { content: 'x' }),
    [403, 50001],
  )
})

t.test('members are listed by pages and found one by one', async (t) => {
  const served = await serve(t, { members: 2_000 })
  const first = await served.discord<APIGuildMember[]>(`GET ${GUILD}/members`)
  t.equal(first.json().length, 1)
  const everybody = await served.listed(1_000)
  t.equal(everybody.length, 2_001)
  t.strictSame(everybody, await served.truth())
  const { text, headers } = await served.discord(`GET ${GUILD}/members?limit=1000`)
  t.equal(text, JSON.stringify(everybody.slice(0, 1_000)))
  t.equal(headers.get('content-type'), 'application/json; charset=utf-8')
  t.equal(headers.get('content-length'), `${Buffer.byteLength(text)}`)
  const [owner] = everybody
  t.strictSame((await served.discord(`GET ${GUILD}/members/${owner?.user.id}`)).json(), owner)
  t.notOk(everybody.some((it) => it.roles.includes(GUILD_ID)))
  const found = await served.discord<APIGuildMember[]>(`GET ${GUILD}/members/search?limit=1000&query=BRAVEF`)
  const expected = everybody.filter((it) =>
    [it.user.username, it.nick ?? ''].some((name) => name.toLowerCase().startsWith('bravef')),
  )
  t.ok(expected.length > 0)
  t.strictSame(found.json(), expected)
  t.equal((await served.discord<unknown[]>(`GET ${GUILD}/members/search?limit=2&query=b`)).json().length, 2)
  t.strictSame(await refusal(served, `GET ${GUILD}/members?limit=1001`), [
    400,
    50035,
    { limit: fault('NUMBER_TYPE_MAX', 'int value should be less than or equal to 1000.') },
  ])
  t.match(await refusal(served, `GET ${GUILD}/members?limit=0`), [
    400,
    50035,
    { limit: { _errors: [{ code: 'NUMBER_TYPE_MIN' }] } },
  ])
  t.match(await refusal(served, `GET ${GUILD}/members/search`), [
    400,
    50035,
    { query: fault('BASE_TYPE_REQUIRED', 'This field is required') },
  ])
})

t.test('the guild tells its counts when asked', async (t) => {
  const served = await serve(t)
  t.notOk('approximate_member_count' in (await served.discord<APIGuild>(`GET ${GUILD}`)).json())
  const counted = (await served.discord<APIGuild>(`GET ${GUILD}?with_counts=true`)).json()
  t.equal(counted.approximate_member_count, 51)
  t.equal(counted.roles.length, 20)
  t.equal(counted.roles[0]?.id, GUILD_ID)
  await served.steer('PATCH /app', { approximate_member_count_override: 7 })
  t.equal((await served.discord<APIGuild>(`GET ${GUILD}?with_counts=1`)).json().approximate_member_count, 7)
  const { url, session_start_limit } = (await served.discord<Record<string, unknown>>('GET /gateway/bot')).json()
  t.equal(url, `${served.origin.replace('http', 'ws')}/gateway`)
  t.match(session_start_limit, { total: 1_000, max_concurrency: 1 })
  t.strictSame((await served.discord('GET /gateway')).json(), { url })
})

t.test('one role is given and taken, with its reason in the audit log', async (t) => {
  const served = await serve(t)
  const id = (await served.listed())[3]?.user.id
  const [role = ''] = served.guild.seeded.ordinary.filter(
    (it) => !served.guild.members.get(BigInt(id ?? 0))?.roles.includes(it),
  )
  const path = `${GUILD}/members/${id}/roles/${role}`
  const has = () => served.guild.members.get(BigInt(id ?? 0))?.roles.includes(role)
  const because = { ...BOT_HEADERS, 'x-audit-log-reason': encodeURIComponent('promoted – 昇進') }
  t.equal((await served.discord(`PUT ${path}`, undefined, because)).status, 204)
  t.ok(has())
  t.equal((await served.discord(`PUT ${path}`)).status, 204)
  t.equal((await served.discord(`DELETE ${path}`)).status, 204)
  t.notOk(has())
  const log = (await served.discord<APIAuditLog>(`GET ${GUILD}/audit-logs`)).json().audit_log_entries
  t.equal(log.length, 2)
  t.match(log[1], {
    reason: 'promoted – 昇進',
    action_type: AuditLogEvent.MemberRoleUpdate,
    target_id: id,
    changes: [{ key: '$add' }],
  })
  const query = `user_id=${served.simulator.bot.id}&action_type=25`
  const older = await served.discord<APIAuditLog>(`GET ${GUILD}/audit-logs?before=${log[0]?.id}&${query}`)
  t.strictSame(older.json().audit_log_entries, [log[1]])
  const newer = await served.discord<APIAuditLog>(`GET ${GUILD}/audit-logs?after=${log[1]?.id}&limit=5`)
  t.strictSame(newer.json().audit_log_entries, [log[0]])
  for (const reason of ['%E0%A4%A', 'x'.repeat(513)]) {
    const headers = { ...BOT_HEADERS, 'x-audit-log-reason': reason }
    t.match(await refusal(served, `PUT ${path}`, undefined, headers), [400, 50035])
  }
  t.notOk(has())
})

t.test('the bot rules only what is below it', async (t) => {
  const served = await serve(t)
  const { adminId, boosterId, botRoleId, membersId } = served.guild.seeded
  const [owner, other] = await served.listed()
  for (const role of [adminId, boosterId, botRoleId, GUILD_ID]) {
    t.strictSame(await refusal(served, `PUT ${GUILD}/members/${other?.user.id}/roles/${role}`), [403, 50013])
  }
  t.strictSame(
    await refusal(served, `PATCH ${GUILD}/members/${other?.user.id}`, { roles: [adminId, membersId] }),
    [403, 50013],
  )
  t.strictSame(await refusal(served, `PATCH ${GUILD}/members/${owner?.user.id}`, { nick: 'x' }), [403, 50013])
  t.strictSame(await refusal(served, `PATCH ${GUILD}/roles/${adminId}`, { name: 'x' }), [403, 50013])
  t.strictSame(await refusal(served, `DELETE ${GUILD}/roles/${adminId}`), [403, 50013])
  t.strictSame(await refusal(served, `DELETE ${GUILD}/roles/${botRoleId}`), [400, 50028])
  t.strictSame(await refusal(served, `DELETE ${GUILD}/roles/${GUILD_ID}`), [400, 50028])
  t.strictSame(await refusal(served, `PATCH ${GUILD}/roles`, [{ id: membersId, position: 19 }]), [403, 50013])
  t.strictSame(await refusal(served, `PATCH ${GUILD}/roles`, [{ id: NOBODY, position: 1 }]), [404, 10011])
  await served.steer(`DELETE ${GUILD}/roles/${botRoleId}`)
  t.strictSame(await refusal(served, `POST ${GUILD}/roles`, {}), [403, 50013])
})

t.test('a member is edited as a whole', async (t) => {
  const served = await serve(t)
  const ranked = [served.guild.seeded.boosterId, served.guild.seeded.adminId]
  const before = served.guild.members.page(0n, 50).find((it) => !it.roles.some((id) => ranked.includes(id)))
  const path = `PATCH ${GUILD}/members/${before?.id}`
  const [role = ''] = served.guild.seeded.ordinary
  const edited = (await served.discord<APIGuildMember>(path, { nick: 'Ann', roles: [role, role] })).json()
  t.match(edited, { nick: 'Ann', roles: [role] })
  t.strictSame(
    (await served.truth()).find((it) => it.user.id === `${before?.id}`),
    edited,
  )
  t.equal((await served.discord<APIGuildMember>(path, { nick: '' })).json().nick, null)
  t.match(await refusal(served, path, { nick: 'x'.repeat(33) }), [
    400,
    50035,
    { nick: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } },
  ])
})

t.test('roles are made, changed, moved, counted and deleted', async (t) => {
  const served = await serve(t, { roles: 248 })
  const role = (
    await served.discord<APIRole>(`POST ${GUILD}/roles`, { name: 'New', color: 0xff0000, permissions: null })
  ).json()
  t.match(role, { name: 'New', color: 0xff0000, colors: { primary_color: 0xff0000 }, position: 1, permissions: '0' })
  const path = `${GUILD}/roles/${role.id}`
  const holographic = { primary_color: 1, secondary_color: 2 }
  const edited = (await served.discord<APIRole>(`PATCH ${path}`, { hoist: true, colors: holographic })).json()
  t.match(edited, { name: 'New', hoist: true, color: 1, colors: { ...holographic, tertiary_color: null } })
  t.strictSame((await served.discord(`GET ${path}`)).json(), edited)
  const moved = (await served.discord<APIRole[]>(`PATCH ${GUILD}/roles`, [{ id: role.id, position: 3 }])).json()
  t.equal(moved.find((it) => it.id === role.id)?.position, 3)
  t.equal((await served.discord(`POST ${GUILD}/roles`)).status, 200)
  t.strictSame(await refusal(served, `POST ${GUILD}/roles`, {}), [400, 30005])
  t.match(await refusal(served, `PATCH ${path}`, { color: -1 }), [400, 50035])

  const { membersId } = served.guild.seeded
  const counts = async () => (await served.discord<Record<string, number>>(`GET ${GUILD}/roles/member-counts`)).json()
  t.match(await counts(), { [membersId]: 51, [role.id]: 0 })
  t.notOk(GUILD_ID in (await counts()))
  await served.steer(`POST ${GUILD}/bulk-edits`, { kind: 'add-role', role_id: role.id })
  t.equal((await counts())[role.id], 51)
  t.equal((await served.discord(`DELETE ${GUILD}/roles/${membersId}`)).status, 204)
  t.notOk(membersId in (await counts()))
  t.notOk((await served.listed()).some((it) => it.roles.includes(membersId)))
})

t.test('webhooks and messages keep to Discord’s limits', async (t) => {
  const served = await serve(t)
  await served.steer('PATCH /limits', { enabled: false })
  const [webhook] = served.simulator.webhooks.list()
  const path = `/webhooks/${webhook?.id}/${webhook?.token}`
  const post = (body: unknown, query = '') => refusal(served, `POST ${path}${query}`, body, {})
  t.equal((await served.discord(`POST ${path}`, { content: 'hello' }, {})).status, 204)
  const full = {
    title: 't'.repeat(256),
    description: 'd'.repeat(4_096),
    fields: [{ name: 'n', value: 'v'.repeat(1_024) }],
    footer: { text: 'f'.repeat(6_000 - 256 - 4_096 - 1 - 1_024 - 3) },
    author: { name: 'abc' },
    timestamp: '2026-11-21T00:00:00.000Z',
  }
  const sent = await served.discord<APIMessage>(`POST ${path}?wait=true`, { embeds: [full], username: 'Sync' }, {})
  t.match(sent.json(), {
    webhook_id: webhook?.id,
    author: { username: 'Sync' },
    embeds: [{ type: 'rich', title: full.title }],
  })
  const kept = (await served.steer<APIMessage[]>(`GET /webhooks/${webhook?.id}/messages`)).json()
  t.equal(kept.length, 2)
  t.strictSame(kept[1], sent.json())

  t.match(await post({ embeds: [{ ...full, author: { name: 'abcd' } }] }), [
    400,
    50035,
    { embeds: { _errors: [{ code: 'MAX_EMBED_SIZE_EXCEEDED' }] } },
  ])
  const tooLong = (embed: object) => post({ embeds: [embed] })
  const at = { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] }
  t.match(await tooLong({ title: 'x'.repeat(257) }), [400, 50035, { embeds: { 0: { title: at } } }])
  t.match(await tooLong({ description: 'x'.repeat(4_097) }), [400, 50035, { embeds: { 0: { description: at } } }])
  t.match(await tooLong({ fields: Array(26).fill({ name: 'n', value: 'v' }) }), [
    400,
    50035,
    { embeds: { 0: { fields: at } } },
  ])
  t.match(await tooLong({ fields: [{ name: 'x'.repeat(257), value: 'v' }] }), [400, 50035])
  t.match(await tooLong({ fields: [{ name: 'n', value: 'x'.repeat(1_025) }] }), [400, 50035])
  t.match(await tooLong({ fields: [{ name: '', value: '' }] }), [400, 50035])
  t.match(await tooLong({ footer: { text: 'x'.repeat(2_049) } }), [400, 50035])
  t.match(await tooLong({ author: { name: 'x'.repeat(257) } }), [400, 50035])
  t.match(await tooLong({ timestamp: 'yesterday' }), [400, 50035])
  t.match(await post({ embeds: Array(11).fill({ title: 'x' }) }), [400, 50035, { embeds: at }])
  t.match(await post({ content: 'x'.repeat(2_001) }), [400, 50035, { content: at }])
  t.match(await post({ content: 7 }), [400, 50035, { content: { _errors: [{ code: 'BASE_TYPE_INVALID' }] } }])
  t.match(await post({ content: 'x', allowed_mentions: { parse: ['all'] } }), [400, 50035])
  t.strictSame(await post({}), [400, 50006])
  t.strictSame(await refusal(served, `POST /webhooks/${webhook?.id}/wrong`, { content: 'x' }, {}), [401, 50027])

  const channel = `/channels/${webhook?.channelId}`
  t.match(
    (await served.discord(`POST ${channel}/messages`, { content: 'hi', allowed_mentions: { parse: [] } })).json(),
    { content: 'hi' },
  )
  for (let made = 1; made < 15; made++) await served.discord(`POST ${channel}/webhooks`, { name: 'W' })
  t.strictSame(await refusal(served, `POST ${channel}/webhooks`, { name: 'W' }), [400, 30007])
  const listed = (await served.discord<APIWebhook[]>(`GET ${channel}/webhooks`)).json()
  t.equal(new Set(listed.map((it) => it.token)).size, 15)
  t.match((await served.discord(`GET ${path}`, undefined, {})).json(), { id: webhook?.id, name: 'Rollcall' })
  t.equal((await served.discord(`DELETE ${path}`, undefined, {})).status, 204)
  t.strictSame(await post({ content: 'x' }), [404, 10015])
  t.equal((await served.discord(`DELETE /webhooks/${listed[1]?.id}`)).status, 204)
})
