import fc from 'fast-check'
import t from 'tap'
import { arrayOf, textArrayOf } from '../../src/db/array-literal.js'
import { build } from '../fixtures/build.js'

const { pool } = await build(t)

t.test('texts come out of Postgres as they went in, whatever is in them', async (t) => {
  const special = fc.constantFrom(null, '', 'NULL', 'null', '{1,2}', '"', '\\', '\\"', ' a ', ',', '\n', '😀')
  const text = fc.string({ unit: 'binary' }).filter((it) => !it.includes('\0') && it.isWellFormed())
  const lists = fc.array(fc.oneof(special, text), { maxLength: 8 })
  const run = fc.asyncProperty(lists, async (texts) => {
    const { rows } = await pool.query('select array_to_json($1::text[]) as texts', [textArrayOf(texts)])
    t.strictSame(rows[0].texts, texts)
  })
  await fc.assert(run, { numRuns: 100 })
})

t.test('ids, numbers, truth values and nulls come out as they went in', async (t) => {
  const read = async (type: string, values: Parameters<typeof arrayOf>[0]) => {
    const { rows } = await pool.query(`select array_to_json($1::${type}[])::text as json`, [arrayOf(values)])
    return rows[0].json
  }
  t.equal(await read('bigint', [0n, 9_223_372_036_854_775_807n, null]), '[0,9223372036854775807,null]')
  t.equal(await read('smallint', [0, 9_999]), '[0,9999]')
  t.equal(await read('boolean', [true, false, null]), '[true,false,null]')
  t.equal(await read('bigint', []), '[]')
})
