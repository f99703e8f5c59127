import { ApiResponseError, FIRST_PAGE_LIMIT, type Member } from '@rollcall/contract'
import fc from 'fast-check'
import { pino } from 'pino'
import t from 'tap'
import { type DiscordMember, observe } from '../src/core/observed-member.js'
import type { Discord } from '../src/discord/client.js'
import { reconcile } from '../src/reconcile.js'
import {
  contextOf,
  copied,
  discordOf,
  everyone,
  type Guild,
  guildOf,
  plain,
  roleOf,
  WatchedMirror,
} from './fixtures/values.js'

/** A page that is worth asking about. */
const PAGE = FIRST_PAGE_LIMIT + 10
const of = (pages: number) => guildOf(pages * PAGE)
const lastIds = (...pages: number[]) => pages.map((page) => BigInt(page * PAGE))

/** A mirror that is as the guild is, of which nothing was asked yet. */
async function mirrorOf(guild: Guild, pageSize = PAGE) {
  const mirror = new WatchedMirror(pageSize, [], [])
  await reconcile(contextOf(discordOf(guild, PAGE), mirror))
  mirror.forget()
  return mirror
}

t.test('of a mirror that agrees nothing is read but a digest of each page', async (t) => {
  const guild = of(4)
  const mirror = await mirrorOf(guild)
  const context = contextOf(discordOf(guild, PAGE), mirror)
  t.equal((await reconcile(context)).state, 'done')
  t.equal(context.report.counts.members_read, 4 * PAGE)
  t.strictSame(mirror.digests, lastIds(1, 2, 3, 4))
  t.strictSame(mirror.pages, [])
})

t.test('of a page with few members no digest is asked for', async (t) => {
  const guild = guildOf(FIRST_PAGE_LIMIT)
  const mirror = await mirrorOf(guild)
  t.equal((await reconcile(contextOf(discordOf(guild, FIRST_PAGE_LIMIT), mirror))).state, 'done')
  t.strictSame(mirror.digests, [])
  t.equal(mirror.pages.length, FIRST_PAGE_LIMIT)
})

t.test('where one page differs, only the mirror of that page is read, and the guards count everybody', async (t) => {
  const guild = of(6)
  const mirror = await mirrorOf(guild)
  const id = 2 * PAGE + 5
  const changed = { ...guild, members: guild.members.with(id - 1, { ...plain(id), nick: 'new' }) }
  const context = contextOf(discordOf(changed, PAGE), mirror)
  t.equal((await reconcile(context)).state, 'done')
  t.match(context.report.counts, { total: 1, patched: 1 })
  t.strictSame(mirror.digests, lastIds(1, 2, 3, 5, 6), 'the page behind one that differs is read unasked')
  const tail = { after: BigInt(6 * PAGE), like: 0 }
  t.strictSame(mirror.places, [{ after: BigInt(2 * PAGE), like: PAGE }, tail])

  const gone = { ...guild, members: guild.members.filter((_, index) => index !== 7) }
  const held = contextOf(discordOf(gone, PAGE), mirror, { departureGuard: { count: 0, share: 0.5 } })
  t.equal((await reconcile(held)).state, 'done', 'one of so many is no reason to hold it')
  t.equal(held.report.counts.departed, 1)
})

t.test('where every page differs, it is soon asked only seldom', async (t) => {
  const mirror = new WatchedMirror(PAGE, [], [])
  await reconcile(contextOf(discordOf(of(70), PAGE), mirror))
  t.strictSame(mirror.digests, lastIds(1, 3, 7, 15, 31, 63))
})

t.test('whatever differs, and wherever, the mirror is the guild afterwards', async (t) => {
  const roles = [everyone, roleOf(101n), roleOf(102n)]
  const guild: Guild = { roles, members: of(5).members.map((it) => ({ ...it, roles: ['101'] })) }
  const edits: ((member: DiscordMember) => DiscordMember | undefined)[] = [
    () => undefined,
    (member) => ({ ...member, nick: 'new' }),
    (member) => ({ ...member, roles: ['101', '102'] }),
    (member) => ({ ...member, roles: [] }),
    (member) => ({ ...member, user: { ...member.user, discriminator: '7' } }),
  ]
  const places = fc.array(fc.tuple(fc.nat(5 * PAGE - 1), fc.constantFrom(...edits)), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(places, fc.integer({ min: 20, max: 2 * PAGE }), async (places, mirrorPage) => {
      const mirror = await mirrorOf(guild, mirrorPage)
      const members: (DiscordMember | undefined)[] = [...guild.members]
      for (const [place, edit] of places) members[place] = edit(guild.members[place] as DiscordMember)
      const changed = { roles, members: members.filter((it) => it !== undefined) }
      t.equal((await reconcile(contextOf(discordOf(changed, PAGE), mirror))).state, 'done')
      t.strictSame(mirror.present, (await copied(changed)).present)
    }),
    { numRuns: 40 },
  )
})

t.test('an API that knows no digests is read, which is said once, and one that fails is not', async (t) => {
  class Failing extends WatchedMirror {
    constructor(
      readonly status: number,
      members: readonly Member[] = [],
    ) {
      super(PAGE, members, [])
    }

    override async digest(): Promise<never> {
      throw new ApiResponseError('GET', '/guilds/1/members/digest', this.status, undefined, undefined)
    }
  }
  const guild = of(3)
  const { members } = await copied(guild)
  for (const status of [400, 404]) {
    const mirror = new Failing(status, [...members.values()])
    const lines: string[] = []
    const log = pino({}, { write: (line) => void lines.push(line) })
    const context = contextOf(discordOf(guild, PAGE), mirror, { log })
    t.equal((await reconcile(context)).state, 'done')
    t.equal(context.report.counts.total, 0)
    t.equal(mirror.pages.length, 3 * PAGE)
    t.equal(lines.filter((line) => line.includes('serves no digests')).length, 1)
  }
  await t.rejects(reconcile(contextOf(discordOf(guild, PAGE), new Failing(503))), { message: /was answered 503/ })
})

t.test('a member of another shape than Discord promises does not sink the run', async (t) => {
  const odd = { ...plain(7), user: { id: '7', username: null as never, discriminator: '0' } }
  const guild = { ...of(2), members: of(2).members.with(6, odd) }
  const mirror = new WatchedMirror(PAGE, [], [])
  const context = contextOf(discordOf(guild, PAGE), mirror)
  t.equal((await reconcile(context)).state, 'partial')
  t.match(context.report.counts, { failed: 1, created: 2 * PAGE - 1 })
})

t.test('pages that do not ascend from one to the next end the run, whether they are asked about or not', async (t) => {
  const pageOf = (first: number) =>
    Array.from({ length: PAGE }, (_, index) => observe(plain(first + index), '2026-01-01T00:00:00Z'))
  const discordWith = (...pages: readonly (readonly ReturnType<typeof observe>[])[]): Discord => ({
    ...discordOf(of(3), PAGE),
    async *memberPages() {
      yield* pages
    },
  })
  const far = 10 * PAGE
  for (const [name, pages] of Object.entries({
    'the same page again': [pageOf(1), pageOf(1)],
    'a page that begins with the last id of the one before': [pageOf(1), pageOf(PAGE)],
    'a page from before, let pass unasked': [pageOf(1), pageOf(far), pageOf(PAGE + 1)],
  })) {
    for (const mirror of [await mirrorOf(of(3)), new WatchedMirror(PAGE, [], [])]) {
      await t.rejects(reconcile(contextOf(discordWith(...pages), mirror)), { name: 'OutOfOrderError' }, name)
      t.ok(mirror.present.every(({ in_guild }) => in_guild))
    }
  }
})

t.test('a mirror that goes back between two pages ends the run', async (t) => {
  class GoingBack extends WatchedMirror {
    override async *memberPages() {
      yield [...this.members.values()].slice(PAGE, 2 * PAGE)
      yield [...this.members.values()].slice(0, PAGE)
    }
  }
  const members = [...(await copied(of(3))).members.values()]
  const mirror = new GoingBack(PAGE, members, [])
  const renamed = { ...of(3), members: of(3).members.map((it) => ({ ...it, nick: 'new' })) }
  await t.rejects(reconcile(contextOf(discordOf(renamed, PAGE), mirror)), { name: 'OutOfOrderError' })
})
