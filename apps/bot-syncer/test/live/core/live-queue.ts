import fc from 'fast-check'
import t from 'tap'
import { Acks } from '../../../src/live/core/acks.js'
import type { LiveEvent, MemberFields } from '../../../src/live/core/event.js'
import { confirmAll, LiveQueue } from '../../../src/live/core/live-queue.js'
import { pendingsOf } from '../../../src/live/core/step.js'
import { GuildModel } from '../../fixtures/guild-model.js'

const ROOMY = { maxEvents: 10_000, maxBytes: 1e9, guildShare: 1, maxOverflowed: 100 }
const KINDS = ['mark', 'guild', 'role', 'role_deletion', 'members'] as const

const id = fc.constantFrom('1', '2', '3')
const roleId = fc.constantFrom('11', '12', '13')
const roles = fc.uniqueArray(roleId, { maxLength: 3 })
const name = fc.constantFrom('a', 'b', 'c')
const whole: fc.Arbitrary<MemberFields> = fc.record({
  name,
  display_name: name,
  discriminator: fc.nat(2),
  roles,
  in_guild: fc.constant(true),
})
const partial: fc.Arbitrary<MemberFields> = fc.record({
  name,
  discriminator: fc.nat(2),
  roles,
  in_guild: fc.constant(true),
})
const gone = fc.constant<MemberFields>({ in_guild: false })
const role = fc.record({ id: roleId, name, colour: fc.nat(2), permissions: fc.constant('0'), position: fc.nat(2) })
const ROLES = ['11', '12', '13'].map((id) => ({ id, name: 'a', colour: 0, permissions: '0', position: 0 }))
const event: fc.Arbitrary<LiveEvent> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('member'), id, fields: fc.oneof(whole, partial, gone) }) },
  fc.record({ kind: fc.constant('guild'), name, roles: fc.uniqueArray(role, { selector: (it) => it.id }) }),
  fc.record({ kind: fc.constant('role'), role }),
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('role_deletion'), id: roleId }) },
  fc.record({ kind: fc.constant('mark'), presence: fc.constantFrom('present', 'unavailable', 'left') }),
) as fc.Arbitrary<LiveEvent>

type Turn =
  | { does: 'event'; guild: string; event: LiveEvent }
  | { does: 'page'; guild: string; id: string; fields: MemberFields }
  | { does: 'take'; kind: (typeof KINDS)[number]; max: number }
  | { does: 'settle'; pick: number }
const guild = fc.constantFrom('100', '200')
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('event' as const), guild, event }) },
  // Another writer, a reconcile, in between.
  { weight: 1, arbitrary: fc.record({ does: fc.constant('page' as const), guild, id, fields: whole }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('take' as const),
      kind: fc.constantFrom(...KINDS),
      max: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('settle' as const), pick: fc.nat() }) },
)

t.test('what is merged and sent in lanes leaves what the events one by one leave', async () => {
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 60 }), (turns) => {
      const queue = new LiveQueue(ROOMY)
      const acks = new Acks(0)
      const expected = { '100': new GuildModel(), '200': new GuildModel() } as Record<string, GuildModel>
      const mirror = { '100': new GuildModel(), '200': new GuildModel() } as Record<string, GuildModel>
      const model = (models: Record<string, GuildModel>, guildId: string) => models[guildId] as GuildModel
      const underWay: ReturnType<typeof queue.take>[number][] = []
      let stamp = 1
      let sequence = 0
      for (const models of [expected, mirror]) {
        for (const it of Object.values(models)) it.apply({ kind: 'guild', name: 'a', roles: ROLES }, 1)
      }
      const take = (kind: (typeof KINDS)[number], max: number) => underWay.push(...queue.take(kind, max))
      const settle = (pick: number) => {
        const [work] = underWay.splice(pick % underWay.length, 1)
        if (work === undefined) return
        if (underWay.some((it) => it.guildId === work.guildId)) throw new Error('two steps of one guild are under way')
        model(mirror, work.guildId).applyStep(work.step)
        for (const { acks } of pendingsOf(work.step)) confirmAll(acks)
        queue.settle(work.guildId)
      }
      for (const it of turns) {
        stamp += 1
        if (it.does === 'event') {
          sequence += 1
          model(expected, it.guild).apply(it.event, stamp)
          const receipt = { stamp: GuildModel.stamp(stamp), receivedAtMs: stamp, acks: [acks.receive(sequence)] }
          queue.add(it.guild, 0, it.event, receipt)
        } else if (it.does === 'page') {
          for (const models of [expected, mirror]) {
            model(models, it.guild).apply({ kind: 'member', id: it.id, fields: { ...it.fields, roles: [] } }, stamp)
          }
        } else if (it.does === 'take') take(it.kind, it.max)
        else if (underWay.length > 0) settle(it.pick)
        if (acks.confirmed > sequence) throw new Error('more is confirmed than was received')
      }
      while (queue.isReady || underWay.length > 0) {
        for (const kind of KINDS) take(kind, 2)
        if (underWay.length > 0) settle(0)
      }
      if (acks.confirmed !== sequence || acks.open !== 0) throw new Error('something was sent and not confirmed')
      if (queue.events !== 0 || queue.bytes !== 0 || queue.guilds !== 0) throw new Error('something is left behind')
      for (const guildId of ['100', '200']) model(mirror, guildId).requireSame(model(expected, guildId))
    }),
    { numRuns: 2_000 },
  )
})

t.test('a guild beyond its share loses its events, and the sequence waits for its mark', async (t) => {
  const queue = new LiveQueue({ maxEvents: 100, maxBytes: 1e9, guildShare: 0.1, maxOverflowed: 5 })
  const acks = new Acks(0)
  const join = (guildId: string, sequence: number) =>
    queue.add(
      guildId,
      0,
      { kind: 'member', id: `${sequence}`, fields: { in_guild: false } },
      { stamp: GuildModel.stamp(sequence), receivedAtMs: 0, acks: [acks.receive(sequence)] },
    )
  for (let sequence = 1; sequence <= 10; sequence += 1) t.equal(join('100', sequence), 'queued')
  t.equal(join('100', 11), 'dropped')
  t.equal(join('100', 12), 'dropped')
  t.equal(join('200', 13), 'queued', 'another guild has its own share')
  t.equal(acks.confirmed, 0, 'nothing of what was dropped counts as confirmed')
  t.equal(acks.open, 2, 'and one open event stands for all that were dropped')
  t.equal(queue.dropped, 12)

  const [work] = queue.take('mark', 10)
  t.match(work, { guildId: '100', step: { dirty: 'overflow', stamp: GuildModel.stamp(12) } })
  t.equal(join('100', 14), 'queued', 'what comes after the mark is kept again')
  confirmAll(work?.step.acks ?? [])
  t.equal(acks.confirmed, 12)
})

t.test('a process beyond its bounds drops, and says so when not even marks find room', async (t) => {
  const queue = new LiveQueue({ maxEvents: 10, maxBytes: 1e9, guildShare: 1, maxOverflowed: 3 })
  const acks = new Acks(0)
  const outcomes = Array.from({ length: 14 }, (_, index) =>
    queue.add(
      `${index}`,
      0,
      { kind: 'member', id: '1', fields: { in_guild: false } },
      { stamp: GuildModel.stamp(index), receivedAtMs: 0, acks: [acks.receive(index + 1)] },
    ),
  )
  t.strictSame(outcomes.slice(8), ['queued', 'queued', 'dropped', 'dropped', 'dropped', 'full'])
  queue.dropShard(0)
  t.equal(queue.events, 0)
  t.equal(queue.guilds, 0)
  t.equal(acks.confirmed, 0)
})
