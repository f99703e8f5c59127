import t from 'tap'
import { judge, LINES } from '../../src/bench/aims.js'
import { resultOf } from '../../src/bench/result.js'
import { tellResult } from '../../src/bench/tell.js'

const LINE = {
  name: 'a change',
  value: 'change',
  unit: 's',
  against: 'floor',
  aim: { of: 'ratio', atMost: 3 },
} as const

t.test('a ratio is that of each round, and its median decides', async (t) => {
  const rounds = [
    { change: 10, floor: 2 },
    { change: 6, floor: 3 },
    { change: 8, floor: 4 },
  ]
  const [judged] = judge(rounds, [LINE])
  t.strictSame(judged?.ratio, { median: 2, min: 2, max: 5 })
  t.strictSame(judged?.value, { median: 8, min: 6, max: 10 })
  t.equal(judged?.isMet, true)
})

t.test('an aim is met at its limit and missed past it', async (t) => {
  t.equal(judge([{ change: 3, floor: 1 }], [LINE])[0]?.isMet, true)
  t.equal(judge([{ change: 3.01, floor: 1 }], [LINE])[0]?.isMet, false)
  const absolute = { ...LINE, aim: { of: 'value', atMost: 2 } } as const
  t.equal(judge([{ change: 2, floor: 0.1 }], [absolute])[0]?.isMet, true)
  t.equal(judge([{ change: 2.1, floor: 100 }], [absolute])[0]?.isMet, false)
})

t.test('what is not known meets no aim and misses none; what was not measured is left out', async (t) => {
  t.equal(judge([{ change: undefined, floor: 1 }], [LINE])[0]?.isMet, undefined)
  t.equal(judge([{ change: 1, floor: 0 }], [LINE])[0]?.isMet, undefined, 'a floor of nothing is none')
  t.strictSame(judge([{ other: 1 }], [LINE]), [])
})

t.test('every line has a name of its own, and a floor or an idle system is never its own', async (t) => {
  t.equal(new Set(LINES.map((line) => line.value)).size, LINES.length)
  t.notOk(LINES.some((line) => line.value === line.against))
  t.notOk(LINES.some((line) => line.aim?.of === 'ratio' && line.against === undefined))
})

t.test('the table says which aims are missed, and whether limits were enforced', async (t) => {
  const round = { members: 1_501, changes: 1_200, change: 9, floor_change: 2, noop: 2.5, noop_rows_written: 0 }
  const told = tellResult(resultOf([round]), [round])
  t.match(told, /role change, reconciled\s+│\s+9\.00 s │\s+2\.00 s │\s+4\.50 \(4\.50–4\.50\) │\s+≤ 3 × │ MISSED/)
  t.match(told, /rows written\s+│\s+0 │.*≤ 0 │ met/)
  t.match(told, /could not be enforced/)
  const enforced = { ...round, oom_kills: 0 }
  t.match(tellResult(resultOf([enforced]), [enforced]), /enforced by the kernel/)
})
