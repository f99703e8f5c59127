import { type Chunk, type Member, MemberPatch, NO_COUNTS, type Role, stampOf } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { observe } from '../src/core/observed-member.js'
import type { Discord } from '../src/discord/client.js'
import { reconcile } from '../src/reconcile.js'
import {
  contextOf,
  copied,
  discordOf,
  everyone,
  type Guild,
  guildOf,
  MirrorValues,
  plain,
  roleOf,
} from './fixtures/values.js'

const roleIds = fc.uniqueArray(fc.bigInt({ min: 101n, max: 112n }), { maxLength: 8 })
const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((name) => MemberPatch.safeParse({ id: 1n, name }).success)

const guilds: fc.Arbitrary<Guild> = roleIds.chain((ids) => {
  const member = fc.record({
    id: fc.bigInt({ min: 1n, max: 40n }),
    username: names,
    nick: fc.option(names),
    roles: fc.subarray(ids.map(String)),
  })
  return fc.uniqueArray(member, { selector: ({ id }) => id, minLength: 1, maxLength: 25 }).map((list) => ({
    roles: [everyone, ...ids.map(roleOf)],
    members: list
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, username, nick, roles }) => ({ user: { id: `${id}`, username, discriminator: '0' }, nick, roles })),
  }))
})

const mirrors = roleIds.chain((ids) => {
  const member = fc.record({
    id: fc.bigInt({ min: 1n, max: 40n }),
    name: names,
    display_name: names,
    discriminator: fc.integer({ min: 0, max: 9_999 }),
    roles: fc.subarray(ids).map((roles) => roles.sort((a, b) => (a < b ? -1 : 1))),
    in_guild: fc.boolean(),
    observed_at: fc.constant('1970-01-01T00:00:00.000Z'),
  })
  const members: fc.Arbitrary<Member[]> = fc.uniqueArray(member, { selector: ({ id }) => id, maxLength: 25 })
  return members.map((list) => ({
    members: list,
    roles: ids.map((id): Role => ({ ...roleOf(id), observed_at: '1970-01-01T00:00:00.000Z' })),
  }))
})

const sizes = fc.integer({ min: 1, max: 7 })

t.test('applying the changes to the mirror gives the guild, and once more changes nothing', async (t) => {
  await fc.assert(
    fc.asyncProperty(guilds, mirrors, sizes, sizes, sizes, async (guild, start, guildPage, mirrorPage, maxItems) => {
      const mirror = new MirrorValues(mirrorPage, start.members, start.roles)
      const discord = discordOf(guild, guildPage)
      const chunkLimits = { maxItems, maxBytes: 400 }
      const first = contextOf(discord, mirror, { chunkLimits })
      t.equal((await reconcile(first)).state, 'done')
      t.strictSame(
        mirror.present,
        guild.members.map(({ user, nick, roles }) => ({
          id: BigInt(user.id),
          name: user.username,
          display_name: nick ?? user.username,
          discriminator: 0,
          roles: roles.map(BigInt).sort((a, b) => (a < b ? -1 : 1)),
          in_guild: true,
        })),
      )
      t.strictSame(new Set(mirror.roles.keys()), new Set(guild.roles.map(({ id }) => id)))
      const { counts } = first.report
      t.equal(counts.done, counts.total)
      t.equal(counts.created + counts.patched + counts.departed, counts.total)

      const again = contextOf(discord, mirror, { chunkLimits })
      t.equal((await reconcile(again)).state, 'done')
      t.strictSame(again.report.counts, {
        ...NO_COUNTS,
        members_expected: guild.members.length,
        members_read: guild.members.length,
      })
    }),
    { numRuns: 150 },
  )
})

t.test('a failed page removes nobody and ends the run', async (t) => {
  const mirror = await copied(guildOf(30))
  const discord: Discord = {
    ...discordOf(guildOf(20), 10),
    async *memberPages() {
      yield guildOf(10).members.map((member) => observe(member, stampOf(9)))
      throw new Error('cut')
    },
  }
  await t.rejects(reconcile(contextOf(discord, mirror)), { message: 'cut' })
  t.equal(mirror.present.length, 30)
})

t.test('departures over the guard are held, all of them, and count as remaining', async (t) => {
  const mirror = await copied(guildOf(30))
  const given = { departureGuard: { count: 5, share: 0.1 } }
  const held = contextOf(discordOf(guildOf(20), 7), mirror, given)
  t.match(await reconcile(held), { state: 'held', message: /--allow-departures 10/ })
  t.match(held.report.counts, { total: 10, remaining: 10, departed: 0 })
  t.equal(mirror.present.length, 30)
  const approved = contextOf(discordOf(guildOf(20), 7), mirror, {
    ...given,
    allowed: { departures: 10, roleDeletions: 0 },
  })
  t.match(await reconcile(approved), { state: 'done' })
  t.equal(mirror.present.length, 20)
})

t.test('a list that lacks somebody whom Discord knows is held, however plausible its length', async (t) => {
  const guild = guildOf(30)
  const mirror = await copied(guild)
  const discord: Discord = { ...discordOf(guildOf(29), 7), getMember: discordOf(guild, 7).getMember }
  t.match(await reconcile(contextOf(discord, mirror)), { state: 'held', message: /lacks member 30/ })
  t.equal(mirror.present.length, 30)
})

t.test('whoever comes back while the list is read neither departs nor holds back those who left', async (t) => {
  const guild = guildOf(30)
  const mirror = await copied(guild)
  const back = { ...plain(30), joined_at: new Date().toISOString() }
  const left = discordOf(guildOf(28), 7)
  const discord: Discord = { ...left, getMember: async (id) => (id === 30n ? back : undefined) }
  const context = contextOf(discord, mirror, { clock: Date.now })
  t.match(await reconcile(context), { state: 'done' })
  t.match(context.report.counts, { total: 2, departed: 1, stale: 1, remaining: 0 })
  t.equal(mirror.members.get(29n)?.in_guild, false)
  t.equal(mirror.members.get(30n)?.in_guild, true)
})

t.test('role deletions over the guard are held, and no member loses such a role meanwhile', async (t) => {
  const ids = Array.from({ length: 12 }, (_, index) => 101n + BigInt(index))
  const roles = [everyone, ...ids.map(roleOf)]
  const before = { roles, members: [plain(1, ['101', '112']), plain(2, [])] }
  const mirror = await copied(before)
  const after = { roles: [everyone, roleOf(112n)], members: [plain(1, []), plain(2, ['112'])] }
  t.match(await reconcile(contextOf(discordOf(after, 7), mirror)), {
    state: 'held',
    message: /--allow-role-deletions 11/,
  })
  t.equal(mirror.roles.size, 13)
  t.strictSame(mirror.members.get(1n)?.roles, [101n], 'the kept role stays, the other one goes')
  t.strictSame(mirror.members.get(2n)?.roles, [112n])
  const allowed = { departures: 0, roleDeletions: 11 }
  t.match(await reconcile(contextOf(discordOf(after, 7), mirror, { allowed })), { state: 'done' })
  t.equal(mirror.roles.size, 2)
  t.strictSame(mirror.members.get(1n)?.roles, [])
})

t.test('a role that the list lacks but Discord has is not deleted', async (t) => {
  const guild = guildOf(3, [everyone, roleOf(101n)])
  const mirror = await copied(guild)
  const discord: Discord = { ...discordOf(guildOf(3), 7), hasRole: async () => true }
  await t.rejects(reconcile(contextOf(discord, mirror)), { message: /lacks role 101/ })
  t.ok(mirror.roles.has(101n))
})

t.test('a list that lacks a new role, which nobody has yet, is not taken for the whole', async (t) => {
  const guild = guildOf(3, [everyone, roleOf(101n)])
  const mirror = await copied(guildOf(3))
  const lacking = { ...discordOf(guild, 7), listRoles: async () => ({ value: [everyone], askedAtMs: 2 }) }
  await t.rejects(reconcile(contextOf(lacking, mirror)), { message: /lacks role 101/ })
  const deletedMeanwhile = { ...lacking, hasRole: async () => false }
  t.match(await reconcile(contextOf(deletedMeanwhile, mirror)), { state: 'done' })
  t.notOk(mirror.roles.has(101n))
})

t.test('a role that appears while members are read is written before its members', async (t) => {
  const guild = { roles: [everyone, roleOf(101n)], members: [plain(1), plain(2, ['101']), plain(3, ['101', '999'])] }
  let calls = 0
  const discord: Discord = {
    ...discordOf(guild, 1),
    getGuild: discordOf({ ...guild, roles: [everyone] }, 1).getGuild,
    listRoles: async () => ({ value: ++calls === 1 ? [everyone] : guild.roles, askedAtMs: 1 }),
  }
  const mirror = new MirrorValues(10, [], [])
  t.match(await reconcile(contextOf(discord, mirror)), { state: 'done' })
  t.strictSame(mirror.members.get(3n)?.roles, [101n], 'the one that nobody knows was deleted meanwhile')
  t.equal(calls, 3, 'one read for each page with news')
})

t.test('a role that members have and that no list shows is not taken from them, if Discord has it', async (t) => {
  const guild = { roles: [everyone, roleOf(101n)], members: [plain(1, ['101'])] }
  const lacking: Discord = {
    ...discordOf(guild, 7),
    getGuild: discordOf({ ...guild, roles: [everyone] }, 7).getGuild,
    listRoles: async () => ({ value: [everyone], askedAtMs: 1 }),
  }
  const mirror = await copied(guild)
  await t.rejects(reconcile(contextOf(lacking, mirror)), { message: /lacks role 101/ })
  const fresh = new MirrorValues(10, [], [])
  await t.rejects(reconcile(contextOf(lacking, fresh)), { message: /lacks role 101/ })
  t.strictSame(fresh.present, [])
})

t.test('one member that cannot be stored fails alone and makes the run partial', async (t) => {
  const members = [plain(1), { ...plain(2), user: { id: '2', username: 'x'.repeat(33), discriminator: '0' } }, plain(3)]
  const mirror = new MirrorValues(10, [], [])
  const context = contextOf(discordOf({ roles: [everyone], members }, 10), mirror)
  t.match(await reconcile(context), { state: 'partial', message: /^1 member/ })
  t.match(context.report.counts, { total: 3, done: 2, failed: 1, remaining: 0 })
  t.strictSame([...mirror.members.keys()], [1n, 3n])
})

t.test('one chunk that fails for good does not stop the others; three in a row do', async (t) => {
  class Failing extends MirrorValues {
    calls = 0
    constructor(readonly failing: readonly number[]) {
      super(10, [], [])
    }
    override async patchMembers(chunk: Chunk, stamp: string) {
      this.calls += 1
      if (this.failing.includes(this.calls)) throw new Error('refused')
      return super.patchMembers(chunk, stamp)
    }
  }
  const chunkLimits = { maxItems: 5, maxBytes: 100_000 }
  const some = new Failing([1, 2, 4])
  const partial = contextOf(discordOf(guildOf(30), 10), some, { chunkLimits })
  t.match(await reconcile(partial), { state: 'partial' })
  t.match(partial.report.counts, { total: 30, done: 15, failed: 15, remaining: 0 })
  const all = new Failing([1, 2, 3, 4, 5, 6])
  await t.rejects(reconcile(contextOf(discordOf(guildOf(30), 10), all, { chunkLimits })), { message: 'refused' })
  t.equal(all.calls, 3)
})

t.test('a slow mirror slows the reading of the guild', async (t) => {
  let pagesRead = 0
  let chunksSent = 0
  let lead = 0
  const guild = guildOf(50)
  const discord: Discord = {
    ...discordOf(guild, 5),
    async *memberPages(signal) {
      for await (const page of discordOf(guild, 5).memberPages(signal)) {
        pagesRead += 1
        lead = Math.max(lead, pagesRead - chunksSent)
        yield page
      }
    },
  }
  class Slow extends MirrorValues {
    override async patchMembers(chunk: Chunk, stamp: string) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      chunksSent += 1
      return super.patchMembers(chunk, stamp)
    }
  }
  await reconcile(contextOf(discord, new Slow(10, [], []), { chunkLimits: { maxItems: 5, maxBytes: 100_000 } }))
  t.equal(pagesRead, 10)
  t.ok(lead <= 5, `${lead} pages ahead of the mirror`)
})
