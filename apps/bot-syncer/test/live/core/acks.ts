import fc from 'fast-check'
import t from 'tap'
import { type Ack, Acks } from '../../../src/live/core/acks.js'

t.test('the confirmed sequence never passes an open event, and reaches the last when none is open', async (t) => {
  const history = fc.array(fc.record({ effects: fc.nat(3), confirm: fc.nat(5), pick: fc.nat() }), { maxLength: 60 })
  fc.assert(
    fc.property(history, fc.nat(1_000), (steps, start) => {
      const acks = new Acks(start)
      const open: { sequence: number; ack: Ack; parts: number }[] = []
      let sequence = start
      for (const { effects, confirm, pick } of steps) {
        sequence += 1
        if (effects === 0) acks.skip(sequence)
        else {
          const ack = acks.receive(sequence)
          for (let part = 1; part < effects; part += 1) ack.addPart()
          open.push({ sequence, ack, parts: effects })
        }
        for (let count = 0; count < confirm && open.length > 0; count += 1) {
          const index = pick % open.length
          const entry = open[index] as (typeof open)[number]
          entry.ack.confirm()
          entry.parts -= 1
          if (entry.parts === 0) open.splice(index, 1)
        }
        const oldest = Math.min(...open.map((it) => it.sequence))
        if (open.length === 0 && acks.confirmed !== sequence)
          throw new Error(`${acks.confirmed} instead of ${sequence}`)
        if (acks.confirmed >= oldest) throw new Error(`${acks.confirmed} passes ${oldest}, which is open`)
        if (acks.open !== open.length) throw new Error(`${acks.open} open, expected ${open.length}`)
      }
      for (const { ack, parts } of open) for (let part = 0; part < parts; part += 1) ack.confirm()
      return acks.confirmed === sequence && acks.open === 0
    }),
  )
  t.pass()
})

t.test('an event that comes after its successor still holds the sequence back', async (t) => {
  const acks = new Acks(5)
  const late = acks.receive(8)
  acks.receive(7).confirm()
  t.ok(acks.confirmed <= 7)
  const earlier = acks.receive(6)
  late.confirm()
  t.equal(acks.confirmed, 5)
  earlier.confirm()
  t.equal(acks.confirmed, 8)
})
