import fc from 'fast-check'
import t from 'tap'
import { bySnowflake, isSnowflake, MAX_SNOWFLAKE, SnowflakeParam, sortSnowflakes, toSnowflake } from '../src/index.js'

const snowflakes = fc.bigInt({ min: 0n, max: MAX_SNOWFLAKE })

t.test('every id from 0 to 2^63 − 1 survives its wire form as digits', async (t) => {
  fc.assert(
    fc.property(
      snowflakes,
      (id) => isSnowflake(`${id}`) && toSnowflake(`${id}`) === id && SnowflakeParam.parse(`${id}`) === id,
    ),
  )
  t.ok(isSnowflake(MAX_SNOWFLAKE))
  t.ok(isSnowflake(`${MAX_SNOWFLAKE}`))
})

t.test('2^63 is no id, in any form', async (t) => {
  t.notOk(isSnowflake(MAX_SNOWFLAKE + 1n))
  t.notOk(isSnowflake(`${MAX_SNOWFLAKE + 1n}`))
  t.notOk(isSnowflake('99999999999999999999'))
})

t.test('nothing but whole numbers in plain digits is an id', async (t) => {
  for (const value of [
    '',
    '-1',
    '+1',
    '01',
    '1.0',
    '1e3',
    ' 1',
    '0x10',
    '१',
    null,
    undefined,
    true,
    {},
    [1],
    -1n,
    -1,
    1.5,
  ]) {
    t.notOk(isSnowflake(value), `${String(value)} is refused`)
  }
})

t.test('a JavaScript number is an id only as far as it is exact', async (t) => {
  t.ok(isSnowflake(Number.MAX_SAFE_INTEGER))
  t.notOk(isSnowflake(Number.MAX_SAFE_INTEGER + 1))
  t.notOk(isSnowflake(Number.NaN))
})

t.test('ids sort by number, not by text', async (t) => {
  fc.assert(
    fc.property(fc.array(snowflakes), (ids) => {
      const sorted = [...ids].sort(bySnowflake)
      return sorted.every((id, index) => index === 0 || (sorted[index - 1] ?? 0n) <= id)
    }),
  )
  t.strictSame([10n, 9n, 9n].sort(bySnowflake), [9n, 9n, 10n])
})

t.test('lists of any length are sorted in place', async () => {
  const lists = fc.array(fc.bigInt({ min: 0n, max: MAX_SNOWFLAKE }), { maxLength: 80 })
  fc.assert(
    fc.property(lists, (list) => {
      const expected = [...list].sort(bySnowflake)
      const sorted = sortSnowflakes(list)
      return sorted === list && expected.every((id, index) => id === list[index])
    }),
  )
})
