import fc from 'fast-check'
import t from 'tap'
import { JsonBytes } from '../../src/guild/json-bytes.js'

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2 ** 31)
t.comment(`fast-check seed ${seed}`)

function bytesOf(texts: readonly (string | null)[], expectedBytes: number): Buffer {
  const json = new JsonBytes(expectedBytes)
  json.list(texts, (it, text) => it.textOrNull(text))
  return json.finish()
}

t.test('texts are written as JSON.stringify writes them, however much room was expected', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    // Every UTF-16 unit, halves of pairs too.
    fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
    fc.stringMatching(/^[ -~]*$/),
    fc.constant(null),
  )
  fc.assert(
    fc.property(fc.array(text), fc.nat(100), (texts, expectedBytes) => {
      t.equal(bytesOf(texts, expectedBytes).toString(), JSON.stringify(texts))
    }),
    { seed, numRuns: 300 },
  )
})

t.test('every single UTF-16 unit is written as JSON.stringify writes it', async (t) => {
  const units = Array.from({ length: 0x1_0000 }, (_, unit) => `<${String.fromCharCode(unit)}>`)
  t.ok(bytesOf(units, 0).equals(Buffer.from(JSON.stringify(units))))
})

t.test('numbers and finished pieces of any length stand between', async (t) => {
  const json = new JsonBytes(0)
  for (const length of [0, 1, 33, 5_000]) json.raw(Buffer.alloc(length, 'x'))
  for (const number of [0, 7, 4_096, -1.5]) json.number(number)
  t.equal(json.finish().toString(), `${'x'.repeat(5_034)}074096-1.5`)
})
