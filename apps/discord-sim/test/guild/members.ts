import fc from 'fast-check'
import t from 'tap'
import { ConflictError } from '../../src/conflict-error.js'
import type { BulkEdit } from '../../src/guild/bulk-edit.js'
import { MemberIds } from '../../src/guild/member-ids.js'
import { MAX_RULES, Members } from '../../src/guild/members.js'
import { seedRoles } from '../../src/guild/seeded-roles.js'

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2 ** 31)
t.comment(`fast-check seed ${seed}`)
const check = <T extends unknown[]>(property: fc.IProperty<T>) => fc.assert(property, { seed, numRuns: 200 })

const GUILD_ID = '600000000000000001'

function made(memberCount: number, guildSeed = 1, roleCount = 30) {
  const roles = seedRoles(guildSeed, GUILD_ID, roleCount, '1450000000000000001')
  const existing = new Map(roles.all.map((role) => [role.id, role]))
  return { roles, existing, members: new Members(guildSeed, memberCount, roles, existing) }
}

const all = (members: Members, size = 1_000) => [...members.pages(size)].flat()
const sets = (members: Members) => new Map(all(members).map((it) => [it.id, [...it.roles].sort().join()]))

t.test('ids ascend, have 17 to 19 digits, and tell their index', async (t) => {
  check(
    fc.property(
      fc.nat(2 ** 32 - 1),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.nat(999_998),
      (guildSeed, count, place) => {
        const ids = new MemberIds(guildSeed, count)
        const index = place % count
        const id = ids.idAt(index)
        t.match(`${id}`, /^\d{17,19}$/)
        t.equal(ids.indexOf(id), index)
        t.equal(ids.indexOf(id + 1n), undefined)
        t.equal(ids.firstIndexAfter(id), index + 1)
        t.equal(ids.firstIndexAfter(id - 1n), index)
        if (index > 0) t.ok(ids.idAt(index - 1) < id)
      },
    ),
  )
  const ids = new MemberIds(1, 3)
  t.equal(ids.indexOf(5n), undefined)
  t.equal(ids.firstIndexAfter(0n), 0)
  t.equal(ids.firstIndexAfter(2n ** 62n), 3)
})

t.test('a seed gives the same guild again, and another seed another one', async (t) => {
  t.strictSame(all(made(300).members), all(made(300).members))
  t.not(made(300, 2).members.page(0n, 1)[0]?.id, made(300).members.page(0n, 1)[0]?.id)
})

t.test('pages of any size give every member once, ascending', async (t) => {
  check(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 70 }), fc.nat(20), (count, size, joins) => {
      const { members } = made(count)
      for (let join = 0; join < joins; join++) members.join('2026-01-01T00:00:00.000000+00:00')
      const ids = all(members, size).map((it) => it.id)
      t.equal(ids.length, members.count)
      t.strictSame(
        ids,
        [...new Set(ids)].sort((a, b) => (a < b ? -1 : 1)),
      )
    }),
  )
})

t.test('people are as varied as in a real guild, within the limits of the contract', async (t) => {
  const everybody = all(made(8_000, 3, 250).members)
  const names = everybody.flatMap((it) => [it.username, it.global_name ?? it.username, it.nick ?? it.username])
  t.ok(names.every((name) => [...name].length >= 1 && [...name].length <= 32 && name === name.trim()))
  t.ok(names.every((name) => name.isWellFormed()))
  t.equal(new Set(everybody.map((it) => it.username)).size, everybody.length)
  t.ok(names.some((name) => [...name].length === 32 && /\p{Emoji_Presentation}/u.test(name)))
  t.ok(everybody.some((it) => it.roles.length >= 100))
  t.ok(everybody.every((it) => new Set(it.roles).size === it.roles.length))
  const bots = everybody.filter((it) => it.bot)
  t.ok(bots.length > 5 && bots.length < 60, `${bots.length} bots`)
  t.ok(bots.every((it) => /^\d{4}$/.test(it.discriminator)))
  t.ok(everybody.filter((it) => !it.bot).every((it) => it.discriminator === '0'))
  t.ok(everybody.every((it) => it.avatar === null || /^(a_)?[0-9a-f]{32}$/.test(it.avatar)))
  const { roles } = made(1, 3, 250)
  t.ok(everybody.every((it) => it.roles.includes(roles.membersId)))
})

t.test('rotating roles changes the set of every single member, however often', async (t) => {
  const { members, roles } = made(500)
  members.join('2026-01-01T00:00:00.000000+00:00')
  for (let round = 0; round < 4; round++) {
    const before = sets(members)
    t.equal(members.bulkEdit({ kind: 'rotate-roles' }, roles.ordinary), 501)
    const after = sets(members)
    t.equal([...after].filter(([id, held]) => before.get(id) === held).length, 0)
  }
})

t.test('a range touches its members and nobody else', async (t) => {
  const { members, roles } = made(100)
  members.leave(all(members)[15]?.id ?? 0n)
  const before = sets(members)
  t.equal(members.bulkEdit({ kind: 'rotate-roles', from_index: 10, to_index: 20 }, roles.ordinary), 9)
  t.equal([...sets(members)].filter(([id, held]) => before.get(id) !== held).length, 9)
  t.equal(members.bulkEdit({ kind: 'add-role', role_id: roles.membersId, from_index: 90 }, []), 10)
  t.equal(members.bulkEdit({ kind: 'add-role', role_id: roles.membersId, from_index: 200 }, []), 0)
})

t.test('a role that no longer exists is nobody’s, whatever rule gave it', async (t) => {
  const { members, roles, existing } = made(50)
  const role = roles.ordinary[0] as string
  members.bulkEdit({ kind: 'add-role', role_id: role }, [])
  t.ok(all(members).every((it) => it.roles.includes(role)))
  existing.delete(role)
  t.notOk(all(members).some((it) => it.roles.includes(role)))
})

t.test('the overlay and the rules together give what applying everything in order gives', async (t) => {
  const { roles } = made(1)
  const role = fc.constantFrom(...roles.ordinary.slice(0, 4), roles.membersId)
  const bulk = fc
    .record({ kind: fc.nat(3), role_id: role, for_role_id: role, from_index: fc.nat(20), to_index: fc.nat(20) })
    .map(({ kind, role_id, for_role_id, ...range }): BulkEdit => {
      if (kind === 0) return { kind: 'swap-roles', role_id, for_role_id }
      if (kind === 1) return { kind: 'add-role', role_id, ...range }
      return kind === 2 ? { kind: 'remove-role', role_id } : { kind: 'toggle-role', role_id, ...range }
    })
  const step = fc.oneof(
    fc.record({ step: fc.constant('bulk' as const), edit: bulk }),
    fc.record({ step: fc.constant('roles' as const), index: fc.nat(19), held: fc.uniqueArray(role) }),
    fc.record({ step: fc.constant('leave' as const), index: fc.nat(19) }),
    fc.record({ step: fc.constant('rejoin' as const), index: fc.nat(19) }),
  )
  check(
    fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
      const { members } = made(20)
      const ids = all(members).map((it) => it.id)
      const model = new Map(all(members).map((it) => [it.id, new Set(it.roles)]))
      for (const it of steps) {
        const id = 'index' in it ? (ids[it.index] as bigint) : 0n
        if (it.step === 'bulk') {
          members.bulkEdit(it.edit, [])
          for (const [index, each] of ids.entries()) applyPlainly(it.edit, index, model.get(each))
        } else if (it.step === 'roles') {
          if (members.edit(id, { roles: it.held })) model.set(id, new Set(it.held))
        } else if (it.step === 'leave') t.equal(members.leave(id), model.delete(id))
        else if (!model.has(id)) model.set(id, new Set(members.join('2026-01-01T00:00:00.000000+00:00', id).roles))
      }
      const expected = [...model].map(([id, held]) => [id, [...held].sort().join()] as const)
      t.strictSame(sets(members), new Map(expected.sort(([a], [b]) => (a < b ? -1 : 1))))
      t.equal(members.count, model.size)
    }),
  )
})

/** The rules said once more, on a set, without any cleverness. */
function applyPlainly(edit: BulkEdit, index: number, held: Set<string> | undefined): void {
  if (held === undefined || edit.kind === 'rotate-roles') return
  if (index < (edit.from_index ?? 0) || index >= (edit.to_index ?? 1_000)) return
  const had = held.has(edit.role_id)
  if (edit.kind === 'add-role' || (edit.kind === 'toggle-role' && !had)) held.add(edit.role_id)
  else held.delete(edit.role_id)
  if (edit.kind === 'swap-roles' && had) held.add(edit.for_role_id)
}

t.test('newcomers come and go, and rejoining is told by a flag', async (t) => {
  const { members } = made(5)
  const newcomer = members.join('2026-01-01T00:00:00.000000+00:00')
  t.ok(members.has(newcomer.id))
  t.throws(() => members.join('', newcomer.id), /in the guild already/)
  t.ok(members.leave(newcomer.id))
  t.notOk(members.leave(newcomer.id))
  t.equal(members.get(newcomer.id), undefined)
  t.equal(members.edit(newcomer.id, { nick: 'nobody' }), undefined)
  const [seeded] = members.page(0n, 1)
  members.leave(seeded?.id ?? 0n)
  t.equal(members.count, 4)
  t.equal(members.join('2026-01-01T00:00:00.000000+00:00', seeded?.id).flags, 1)
  t.equal(members.count, 5)
})

t.test('what is remembered is bounded', async (t) => {
  const { members, roles } = made(1)
  for (let rule = 0; rule < MAX_RULES; rule++) members.bulkEdit({ kind: 'add-role', role_id: roles.membersId }, [])
  t.throws(() => members.bulkEdit({ kind: 'rotate-roles' }, roles.ordinary), ConflictError)
})

t.test('a million members take no memory until they are asked for', async (t) => {
  const before = process.memoryUsage().heapUsed
  const { members, roles } = made(1_000_000, 9, 250)
  members.bulkEdit({ kind: 'rotate-roles' }, roles.ordinary)
  t.equal(members.count, 1_000_000)
  const last = members.page(0n, 1_000).at(-1)
  t.equal(members.get(last?.id ?? 0n)?.username, last?.username)
  t.ok(process.memoryUsage().heapUsed - before < 20 * 2 ** 20)
})
