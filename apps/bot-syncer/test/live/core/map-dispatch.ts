import t from 'tap'
import { mapDispatch } from '../../../src/live/core/map-dispatch.js'

const GUILD = '267624335836053506'
const USER = { id: '100000000000000001', username: 'ana', global_name: 'Ana', discriminator: '0' }
const map = (type: string, d: unknown, isAwaited = false) => mapDispatch({ t: type, d }, () => isAwaited)

t.test('a member that joins, changes or leaves', async (t) => {
  const whole = { name: 'ana', display_name: 'Nick', discriminator: 0, roles: ['11'], in_guild: true }
  for (const type of ['GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE']) {
    t.strictSame(map(type, { guild_id: GUILD, user: USER, nick: 'Nick', roles: ['11'] }), {
      guildId: GUILD,
      events: [{ kind: 'member', id: USER.id, fields: whole }],
    })
  }
  t.match(map('GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: USER, nick: null, roles: [] }), {
    events: [{ fields: { display_name: 'Ana' } }],
  })
  t.strictSame(map('GUILD_MEMBER_REMOVE', { guild_id: GUILD, user: USER }), {
    guildId: GUILD,
    events: [{ kind: 'member', id: USER.id, fields: { in_guild: false } }],
  })
})

t.test('a nickname that is not told is as it was: no display name, and the member is to be asked for', async (t) => {
  const mapped = map('GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: USER, roles: [] })
  t.match(mapped, { incomplete: USER.id })
  t.notOk(JSON.stringify(mapped).includes('display_name'))
})

t.test('a guild away for an outage is not a guild that was left', async (t) => {
  const presence = (d: object) => JSON.stringify(map('GUILD_DELETE', { id: GUILD, ...d }))
  t.match(presence({ unavailable: true }), /"unavailable"/)
  t.match(presence({ unavailable: false }), /"unavailable"/)
  t.match(presence({}), /"left"/)
})

t.test('a guild that comes in is dirty up to now, also one that READY announced', async (t) => {
  const guild = { id: GUILD, name: 'Rollcall', roles: [] }
  t.strictSame(map('GUILD_CREATE', guild, true), {
    guildId: GUILD,
    events: [
      { kind: 'guild', name: 'Rollcall', roles: [] },
      { kind: 'mark', presence: 'present', dirty: 'new_session' },
    ],
  })
  t.match(map('GUILD_CREATE', guild), { events: [{}, { presence: 'present', dirty: 'was_unavailable' }] })
  t.match(map('GUILD_CREATE', { id: GUILD, unavailable: true }), { events: [{ presence: 'unavailable' }] })
})

t.test('roles', async (t) => {
  const role = { id: '11', name: 'a', color: 1, colors: { primary_color: 2 }, permissions: '8', position: 3 }
  t.strictSame(map('GUILD_ROLE_UPDATE', { guild_id: GUILD, role }), {
    guildId: GUILD,
    events: [{ kind: 'role', role: { id: '11', name: 'a', colour: 2, permissions: '8', position: 3 } }],
  })
  t.match(map('GUILD_ROLE_DELETE', { guild_id: GUILD, role_id: '11' }), {
    events: [{ kind: 'role_deletion', id: '11' }],
  })
})

t.test('what is not as documented says of which guild it was', async (t) => {
  const malformed: [string, object][] = [
    ['GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { ...USER, username: '' }, nick: null, roles: [] }],
    ['GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { ...USER, username: 'a\0' }, nick: null, roles: [] }],
    ['GUILD_MEMBER_ADD', { guild_id: GUILD, user: USER, nick: null, roles: ['x'] }],
    ['GUILD_MEMBER_ADD', { guild_id: GUILD, nick: null, roles: [] }],
    ['GUILD_MEMBER_REMOVE', { guild_id: GUILD }],
    ['GUILD_ROLE_CREATE', { guild_id: GUILD, role: { id: '11' } }],
    ['GUILD_ROLE_DELETE', { guild_id: GUILD }],
    ['GUILD_CREATE', { id: GUILD, name: '', roles: [] }],
    ['GUILD_UPDATE', { id: GUILD, name: 'a', roles: Array(501).fill({}) }],
  ]
  for (const [type, d] of malformed) {
    t.strictSame(map(type, d), { guildId: GUILD, malformed: true }, `${type} ${JSON.stringify(d).slice(0, 80)}`)
  }
  t.strictSame(map('GUILD_MEMBER_ADD', null), { guildId: undefined, malformed: true })
  t.equal(map('TYPING_START', { guild_id: GUILD }), undefined)
})
