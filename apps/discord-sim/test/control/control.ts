import type { APIGuildMember, APIRole } from 'discord-api-types/v10'
import t from 'tap'
import { GUILD_ID, serve } from '../fixtures/serve.js'

const GUILD = `/guilds/${GUILD_ID}`

interface State {
  guilds: { id: string; members: number; roles: number; edited_members: number }[]
  webhooks: { id: string; url: string; messages: number }[]
  requests: Record<string, number>
}

t.test('tells what is there and what was asked', async (t) => {
  const served = await serve(t)
  await served.discord(`GET ${GUILD}`)
  await served.discord(`GET ${GUILD}`)
  await served.discord('GET /nothing')
  const state = (await served.steer<State>('GET /state')).json()
  t.match(state.guilds, [{ id: GUILD_ID, members: 51, roles: 20, edited_members: 1 }])
  t.equal(state.requests['GET /guilds/:guild_id'], 2)
  const [webhook] = state.webhooks
  t.equal((await fetch(`${webhook?.url}`)).status, 200)
  await fetch(`${webhook?.url}`, {
    method: 'POST',
    body: '{"content":"x"}',
    headers: { 'content-type': 'application/json' },
  })
  t.equal((await served.steer<State>('GET /state')).json().webhooks[0]?.messages, 1)
  t.equal((await served.steer<unknown[]>(`GET /webhooks/${webhook?.id}/messages`)).json().length, 1)
  t.equal((await served.steer(`DELETE /webhooks/${webhook?.id}`)).status, 204)
  t.equal((await served.steer(`DELETE /webhooks/${webhook?.id}`)).status, 404)
  t.equal((await served.steer(`GET /webhooks/${webhook?.id}/messages`)).status, 404)
  t.equal((await fetch(`${webhook?.url}`)).status, 404)
})

t.test('many guilds live side by side', async (t) => {
  const served = await serve(t)
  const made = await served.steer<{ id: string; members: number }>('POST /guilds', {
    members: 2_500,
    seed: 5,
    roles: 9,
  })
  t.equal(made.status, 201)
  t.match(made.json(), { id: /^\d{18}$/, members: 2_501, roles: 9 })
  const { id } = made.json()
  t.equal((await served.discord<unknown[]>(`GET /guilds/${id}/members?limit=1000`)).json().length, 1_000)
  const lines = (await served.steer(`GET /guilds/${id}/members`)).text.trimEnd().split('\n')
  t.equal(lines.length, 2_501)
  t.equal((await served.steer('POST /guilds', { members: 1, seed: 5 })).status, 409)
  t.equal((await served.steer('POST /guilds', { members: 1, seed: 5, roles: 4 })).status, 400)
  t.match((await served.steer(`PATCH /guilds/${id}`, { name: 'Second' })).json(), { name: 'Second' })
  t.match((await served.steer(`GET /guilds/${id}`)).json(), { name: 'Second', roles: 9 })
  t.equal((await served.steer('GET /guilds/123')).status, 404)
})

t.test('single members join, change and leave', async (t) => {
  const served = await serve(t)
  const { ids } = (await served.steer<{ ids: string[] }>(`POST ${GUILD}/members`, { count: 30 })).json()
  t.equal(new Set(ids).size, 30)
  const everybody = await served.truth()
  t.equal(everybody.length, 81)
  t.strictSame(everybody, await served.listed(7))
  const [id = ''] = ids
  const [role = ''] = served.guild.seeded.ordinary
  const patch = { username: 'renamed', global_name: null, nick: '狐', roles: [role] }
  const patched = (await served.steer<APIGuildMember>(`PATCH ${GUILD}/members/${id}`, patch)).json()
  t.match(patched, { user: { id, username: 'renamed', global_name: null }, nick: '狐', roles: [role] })
  t.strictSame((await served.steer(`GET ${GUILD}/members/${id}`)).json(), patched)
  t.equal((await served.steer(`DELETE ${GUILD}/members/${id}`)).status, 204)
  t.equal((await served.steer(`DELETE ${GUILD}/members/${id}`)).status, 404)
  t.equal((await served.steer(`GET ${GUILD}/members/${id}`)).status, 404)
  t.equal((await served.steer(`PATCH ${GUILD}/members/${id}`, { nick: 'x' })).status, 404)
  t.equal((await served.steer(`PATCH ${GUILD}/members/${ids[1]}`, { roles: [GUILD_ID] })).status, 409)
  t.strictSame((await served.steer(`POST ${GUILD}/members`, { ids: [id] })).json(), { ids: [id] })
  t.equal((await served.steer(`POST ${GUILD}/members`, { ids: [id, ids[1]] })).status, 409)
  t.equal((await served.steer(`POST ${GUILD}/members`, { ids: [] })).status, 400)
  t.equal((await served.truth()).length, 81)
  const journal = (await served.steer<{ seq: number; t: string; user_id: string }[]>('GET /journal?after=30')).json()
  t.strictSame(
    journal.map((it) => [it.seq, it.t, it.user_id]),
    [
      [31, 'GUILD_MEMBER_UPDATE', id],
      [32, 'GUILD_MEMBER_REMOVE', id],
      [33, 'GUILD_MEMBER_ADD', id],
    ],
  )
})

t.test('the journal keeps the newest events', async (t) => {
  const served = await serve(t)
  await served.steer(`POST ${GUILD}/members`, { count: 10_000 })
  await served.steer(`PATCH ${GUILD}`, { name: 'Renamed' })
  const journal = (await served.steer<{ seq: number; t: string }[]>('GET /journal')).json()
  t.equal(journal.length, 10_000)
  t.match([journal[0], journal.at(-1)], [{ seq: 2 }, { seq: 10_001, t: 'GUILD_UPDATE' }])
  t.equal((await served.steer(`POST ${GUILD}/members`, { count: 10_001 })).status, 400)
})

t.test('one bulk edit changes everybody and leaves one entry', async (t) => {
  const served = await serve(t, { members: 3_000 })
  const before = new Map((await served.truth()).map((it) => [it.user.id, [...it.roles].sort().join()]))
  const edited = await served.steer(`POST ${GUILD}/bulk-edits`, { kind: 'rotate-roles' })
  t.strictSame(edited.json(), { members_touched: 3_001 })
  const same = (await served.truth()).filter((it) => before.get(it.user.id) === [...it.roles].sort().join())
  t.strictSame(same, [])
  t.match((await served.steer('GET /journal')).json(), [{ t: 'BULK_EDIT', members_touched: 3_001 }])
  const state = (await served.steer<State>('GET /state')).json()
  t.equal(state.guilds[0]?.edited_members, 1, 'the bot')
  const unknown = { kind: 'swap-roles', role_id: '111111111111111111', for_role_id: GUILD_ID }
  t.match((await served.steer(`POST ${GUILD}/bulk-edits`, unknown)).json(), {
    message: `No member can have the role 111111111111111111, ${GUILD_ID}`,
  })
  t.equal((await served.steer(`POST ${GUILD}/bulk-edits`, { kind: 'shuffle' })).status, 400)
  const bare = (await served.steer<{ id: string }>('POST /guilds', { members: 1, seed: 5, roles: 5 })).json()
  t.equal((await served.steer(`POST /guilds/${bare.id}/bulk-edits`, { kind: 'rotate-roles' })).status, 409)
})

t.test('roles are made, changed and deleted without asking the bot', async (t) => {
  const served = await serve(t)
  const made = (await served.steer<APIRole>(`POST ${GUILD}/roles`, { name: 'New', color: 255 })).json()
  t.match(made, { name: 'New', colors: { primary_color: 255 } })
  const changed = (
    await served.steer<APIRole>(`PATCH ${GUILD}/roles/${made.id}`, { name: 'Newer', position: 4 })
  ).json()
  t.strictSame(changed, { ...made, name: 'Newer', position: 4 })
  t.strictSame((await served.steer<APIRole[]>(`GET ${GUILD}/roles`)).json().at(-1), changed)
  t.equal((await served.steer(`DELETE ${GUILD}/roles/${served.guild.seeded.adminId}`)).status, 204)
  t.equal((await served.steer(`DELETE ${GUILD}/roles/${GUILD_ID}`)).status, 404)
  t.equal((await served.steer(`PATCH ${GUILD}/roles/1`, { name: 'x' })).status, 404)
  const full = (await served.steer<{ id: string }>('POST /guilds', { members: 0, seed: 5 })).json()
  t.equal((await served.steer(`POST /guilds/${full.id}/roles`)).status, 409)
})

t.test('the app’s settings take effect at once', async (t) => {
  const served = await serve(t)
  await served.steer('PATCH /app', { token: 'another', latency_ms: 50 })
  t.equal((await served.discord('GET /users/@me')).status, 401)
  const startedMs = performance.now()
  const headers = { authorization: 'Bot another', 'user-agent': 'DiscordBot (x, 1)' }
  t.equal((await served.discord('GET /users/@me', undefined, headers)).status, 200)
  t.ok(performance.now() - startedMs >= 48)
  t.match((await served.steer('GET /app')).json(), { token: 'another', members_intent: true })
  t.equal((await served.steer('PATCH /app', { intents: 3 })).status, 400)
  t.equal((await served.steer('PATCH /app', '{')).status, 400)
})
