import type { Member, Role } from '@rollcall/contract'
import t from 'tap'
import { diffMember } from '../../src/core/diff-member.js'
import { diffRoles, type ObservedRole } from '../../src/core/diff-roles.js'
import { type DiscordMember, type ObservedMember, observe } from '../../src/core/observed-member.js'
import { RoleBook } from '../../src/core/role-book.js'

const STAMP = '2026-11-21T06:30:00Z'
const SHARED = { id: 1n, name: 'ana', display_name: 'Ana', discriminator: 0 }
const GUILD: ObservedMember = { ...SHARED, roles: [2n, 3n], stamp: STAMP }
const MIRROR: Member = { ...SHARED, roles: [2n, 3n], in_guild: true, observed_at: STAMP }
const NONE: ReadonlySet<bigint> = new Set()

t.test('two sides that agree yield nothing', async (t) => {
  t.equal(diffMember(GUILD, MIRROR, NONE), undefined)
})

t.test('a member that the mirror does not know is complete', async (t) => {
  t.strictSame(diffMember(GUILD, undefined, NONE), {
    kind: 'create',
    patch: { ...SHARED, roles: [2n, 3n], in_guild: true },
  })
})

t.test('only the fields that differ are named', async (t) => {
  const patch = (mirror: Partial<Member>) => diffMember(GUILD, { ...MIRROR, ...mirror }, NONE)?.patch
  t.strictSame(patch({ name: 'anna' }), { id: 1n, name: 'ana' })
  t.strictSame(patch({ display_name: '' }), { id: 1n, display_name: 'Ana' })
  t.strictSame(patch({ discriminator: 1 }), { id: 1n, discriminator: 0 })
  t.strictSame(patch({ roles: [2n] }), { id: 1n, roles: [2n, 3n] })
  t.strictSame(patch({ roles: [2n, 4n] }), { id: 1n, roles: [2n, 3n] })
  t.strictSame(patch({ in_guild: false }), { id: 1n, in_guild: true })
  t.strictSame(patch({ name: 'x', roles: [] }), { id: 1n, name: 'ana', roles: [2n, 3n] })
})

t.test('a role whose deletion is held back is not taken from anybody', async (t) => {
  const kept = new Set([9n, 1n])
  t.equal(diffMember(GUILD, { ...MIRROR, roles: [1n, 2n, 3n, 9n] }, kept), undefined)
  const { patch } = diffMember(GUILD, { ...MIRROR, roles: [1n, 2n] }, kept) ?? {}
  t.strictSame(patch, { id: 1n, roles: [1n, 2n, 3n] }, 'nor when another role changes')
})

const user = { id: '80351110224678912', username: 'nelly', global_name: 'Nelly', discriminator: '0' }

t.test('the name shown is the nick, else the global name, else the username', async (t) => {
  const shown = (member: Partial<DiscordMember>) => observe({ user, roles: [], ...member }, STAMP).display_name
  t.equal(shown({ nick: 'Nel' }), 'Nel')
  t.equal(shown({ nick: null }), 'Nelly')
  t.equal(shown({}), 'Nelly')
  t.equal(shown({ user: { ...user, global_name: null } }), 'nelly')
})

t.test('ids are exact, discriminators numbers, roles ascending', async (t) => {
  const member = { user: { ...user, id: '9223372036854775807', discriminator: '0042' }, roles: ['10', '9', '5'] }
  t.strictSame(observe(member, STAMP), {
    id: 9_223_372_036_854_775_807n,
    name: 'nelly',
    display_name: 'Nelly',
    discriminator: 42,
    roles: [5n, 9n, 10n],
    stamp: STAMP,
  })
})

t.test('an unknown role is asked about until it is given up', async (t) => {
  const roles = new RoleBook()
  roles.learn([5n])
  const members = [{ roles: [5n, 6n] }, { roles: [6n, 7n] }]
  t.strictSame([...roles.unknownOf(members)], [6n, 7n])
  t.equal(roles.withKnownRoles(members), members, 'nothing was given up yet')
  roles.learn([6n])
  roles.giveUp([6n, 7n])
  t.strictSame([...roles.unknownOf(members)], [])
  t.ok(roles.known.has(6n), 'what was learnt is not given up')
  t.strictSame(roles.withKnownRoles(members), [{ roles: [5n, 6n] }, { roles: [6n] }])
})

const ROLE: ObservedRole = { id: 7n, name: 'Members', colour: 1, permissions: 8n, position: 3 }
const STORED: Role = { ...ROLE, observed_at: '2026-11-21T06:30:00Z' }

t.test('roles that are new or differ are written, roles that are missing are gone', async (t) => {
  t.strictSame(diffRoles([ROLE], [STORED]), { put: [], gone: [] })
  t.strictSame(diffRoles([ROLE], []), { put: [ROLE], gone: [] })
  t.strictSame(diffRoles([], [STORED]), { put: [], gone: [7n] })
  for (const other of [{ name: 'x' }, { colour: 2 }, { permissions: 9n }, { position: 4 }]) {
    t.strictSame(diffRoles([{ ...ROLE, ...other }], [STORED]).put, [{ ...ROLE, ...other }])
  }
})
