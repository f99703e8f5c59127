import t from 'tap'
import { build } from '../fixtures/build.js'
import { nativeClient, OBSERVED_AT } from '../fixtures/native.js'

const { app, key, pool } = await build(t, { limits: { bulkInFlight: 64 } })
const request = nativeClient(app, key)

t.beforeEach(() => pool.query('truncate guild, notice, notice_claim, guild_sync cascade'))

const see = (...ids: number[]) =>
  request('PUT', '/guilds', {
    guilds: ids.map((id) => ({ id: `${id}`, name: `Guild ${id}`, observed_at: OBSERVED_AT, roles: [] })),
  })
const claim = async () => (await request('POST', '/notices/claims', {})).body.notice
const report = (id: string, body: object) => request('PATCH', `/notices/${id}`, body)
const states = async () => (await pool.query('select state, error from notice_claim order by id')).rows

t.test('everything that is due comes in one notice, the first of it by name', async (t) => {
  t.equal(await claim(), null)
  await see(2, 1)
  const notice = await claim()
  t.match(notice, {
    id: /^\d+$/,
    kind: 'guild_first_seen',
    guild_count: 2,
    guilds: [
      { id: '1', name: 'Guild 1' },
      { id: '2', name: 'Guild 2' },
    ],
  })
  t.equal(await claim(), null, 'once')
  await see(1, 2)
  t.equal(await claim(), null)
  await see(...Array.from({ length: 25 }, (_, index) => index + 1))
  t.match(await claim(), { guild_count: 23, guilds: { length: 10 } })
})

t.test('what became of it is kept, as it was said first', async (t) => {
  await see(1)
  const { id } = await claim()
  t.match(await report(id, { state: 'failed', error: 'Discord is away' }), { status: 200 })
  t.match(await report(id, { state: 'sent' }), { status: 200 }, 'repeating does no harm')
  t.strictSame(await states(), [{ state: 'failed', error: 'Discord is away' }])
  t.equal(await claim(), null, 'at most once: what failed is not given again')
  t.match(await report('999999', { state: 'sent' }), { status: 404, body: { code: 'unknown_notice' } })
  t.match(await report(id, { state: 'claimed' }), { status: 400 })
})

t.test('fifty that claim at once, between guilds that appear: each guild is told once', async (t) => {
  const work = Array.from({ length: 50 }, async (_, n) => {
    await see(...Array.from({ length: 8 }, (_, index) => ((n * 5 + index) % 120) + 1))
    return claim()
  })
  const notices = [...(await Promise.all(work)), await claim()].filter((it) => it !== null)
  const count = notices.reduce((sum: number, it) => sum + it.guild_count, 0)
  t.equal(count, 120)
  const { rows } = await pool.query('select claim_id, count(*)::int as count from notice group by claim_id')
  t.strictSame(
    new Map(rows.map((it) => [`${it.claim_id}`, it.count])),
    new Map(notices.map((it) => [it.id, it.guild_count])),
  )
})
