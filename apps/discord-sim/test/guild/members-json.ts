import fc from 'fast-check'
import t from 'tap'
import { type Member, toApiMember } from '../../src/guild/member.js'
import { Members } from '../../src/guild/members.js'
import { membersToJson } from '../../src/guild/members-json.js'
import { seedRoles } from '../../src/guild/seeded-roles.js'

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2 ** 31)
t.comment(`fast-check seed ${seed}`)

const JOINED_AT = '2026-01-01T00:00:00.000000+00:00'

function made(memberCount: number, guildSeed: number) {
  const roles = seedRoles(guildSeed, '600000000000000001', 250, '1450000000000000001')
  const existing = new Map(roles.all.map((role) => [role.id, role]))
  return { roles, existing, members: new Members(guildSeed, memberCount, roles, existing) }
}

const isAsStringified = (page: readonly Member[]) =>
  membersToJson(page).equals(Buffer.from(JSON.stringify(page.map(toApiMember))))

t.test('members of every kind are written as JSON.stringify writes them', async (t) => {
  for (const guildSeed of [1, 2, 3]) {
    const { members } = made(20_000, guildSeed)
    const pages = [...members.pages()]
    t.ok(pages.every(isAsStringified))
    const everybody = pages.flat()
    t.ok(everybody.some((it) => it.bot))
    t.ok(everybody.some((it) => it.roles.length > 100))
    t.ok(everybody.some((it) => /[^ -~]/.test(it.nick ?? '')))
    t.ok(everybody.some((it) => it.nick?.includes('"')))
  }
  t.equal(membersToJson([]).toString(), '[]')
})

t.test('so are those who were edited, came or went, by themselves or with all others', async (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }))
  const steps = fc.array(
    fc.record({
      kind: fc.nat(6),
      who: fc.nat(99),
      username: text,
      global_name: fc.option(text),
      nick: fc.option(text),
    }),
    { minLength: 1, maxLength: 40 },
  )
  fc.assert(
    fc.property(steps, fc.nat(1_000), (steps, guildSeed) => {
      const { members, roles, existing } = made(100, guildSeed)
      const ids = members.page(0n, 100).map((it) => it.id)
      for (const { kind, who, ...names } of steps) {
        const id = ids[who] as bigint
        const role = roles.ordinary[who] as string
        if (kind === 0) members.edit(id, names)
        else if (kind === 1) members.edit(id, { roles: who % 2 ? [] : roles.ordinary.slice(0, who) })
        else if (kind === 2) members.bulkEdit({ kind: 'rotate-roles', from_index: who }, roles.ordinary)
        else if (kind === 3) members.bulkEdit({ kind: 'toggle-role', role_id: role }, [])
        else if (kind === 4) existing.delete(role)
        else if (kind === 5) ids.push(members.join(JOINED_AT).id)
        else if (!members.leave(id)) members.join(JOINED_AT, id)
      }
      t.ok(isAsStringified(members.page(0n, 1_000)))
    }),
    { seed, numRuns: 200 },
  )
})
