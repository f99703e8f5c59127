import { NO_COUNTS, type Verdict } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { type ChangeKind, Report } from '../../src/core/report.js'

const responseOf = (verdicts: readonly Verdict[]) => ({
  counts: { applied: 0, unchanged: 0, stale: 0, failed: 0 },
  results: verdicts.map((verdict, id) => ({ id: BigInt(id), verdict })),
})
const addsUp = ({ counts }: Report) => counts.done + counts.stale + counts.failed + counts.remaining === counts.total

t.test('begins with nothing', async (t) => {
  t.strictSame(new Report().counts, NO_COUNTS)
})

t.test('a change counts as done only once the API confirmed it, and as what it was', async (t) => {
  const report = new Report()
  report.find(5)
  t.match(report.counts, { total: 5, remaining: 5, done: 0 })
  const kinds: ChangeKind[] = ['create', 'patch', 'departure', 'patch', 'create']
  report.confirm(kinds, responseOf(['applied', 'applied', 'applied', 'unchanged', 'stale']))
  t.match(report.counts, { total: 5, remaining: 0, done: 4, stale: 1, created: 1, patched: 1, departed: 1 })
})

t.test('an item without a result failed: nothing was said of it', async (t) => {
  const report = new Report()
  report.find(2)
  report.confirm(['patch', 'patch'], responseOf(['applied']))
  t.match(report.counts, { done: 1, failed: 1, remaining: 0 })
})

t.test('whatever happens in whatever order, done + stale + failed + remaining = total', async () => {
  const verdict = fc.constantFrom<Verdict>('applied', 'unchanged', 'stale', 'failed')
  const kind = fc.constantFrom<ChangeKind>('create', 'patch', 'departure')
  const chunks = fc.array(
    fc.tuple(fc.array(fc.tuple(kind, verdict), { maxLength: 9 }), fc.nat({ max: 3 }), fc.boolean()),
  )
  fc.assert(
    fc.property(chunks, (list) => {
      const report = new Report()
      for (const [items, more, isLost] of list) {
        report.find(items.length + more)
        if (isLost) report.fail(items.length)
        else {
          report.confirm(
            items.map(([it]) => it),
            responseOf(items.map(([, it]) => it)),
          )
        }
        if (!addsUp(report)) return false
      }
      const { done, created, patched, departed } = report.counts
      return created + patched + departed <= done
    }),
  )
})

t.test('what was read, expected and done to roles is counted beside', async (t) => {
  const report = new Report()
  report.expect(10)
  report.read(4)
  report.read(5)
  report.writeRole()
  report.deleteRole()
  t.match(report.counts, { members_expected: 10, members_read: 9, roles_written: 1, roles_deleted: 1, total: 0 })
})
