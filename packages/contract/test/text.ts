import fc from 'fast-check'
import t from 'tap'
import { text } from '../src/index.js'

const holds = (value: unknown, min: number, max: number) => text(min, max).safeParse(value).success

const within = (value: string, min: number, max: number) => [...value].length >= min && [...value].length <= max

t.test('length is counted in code points, as Postgres counts it', async (t) => {
  t.ok(holds('😀'.repeat(32), 1, 32), 'thirty-two emoji are thirty-two')
  t.notOk(holds('😀'.repeat(33), 1, 32))
  t.ok(holds('a'.repeat(32), 1, 32))
  t.notOk(holds('a'.repeat(33), 1, 32))
  const codePoints = fc.string({ unit: 'binary', maxLength: 80 }).filter((value) => !value.includes('\0'))
  fc.assert(fc.property(codePoints, (value) => holds(value, 2, 32) === (within(value, 2, 32) && value.isWellFormed())))
})

t.test('an emoji is one character, not two', async (t) => {
  t.notOk(holds('😀', 2, 32))
  t.ok(holds('😀', 1, 1))
})

t.test('empty text is allowed only from a minimum of 0', async (t) => {
  t.ok(holds('', 0, 32))
  t.notOk(holds('', 1, 32))
})

t.test('what Postgres cannot hold is refused: NUL and lone surrogates', async (t) => {
  t.notOk(holds('a\0b', 1, 32))
  t.notOk(holds('a\ud800', 1, 32))
  t.notOk(holds('\udc00a', 1, 32))
})

t.test('a megabyte is refused without being spread', async (t) => {
  const startedAt = performance.now()
  t.notOk(holds('😀'.repeat(500_000), 1, 32))
  t.ok(performance.now() - startedAt < 50)
})
