import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { JsonKeys, type JsonReader, MAX_SNOWFLAKE, readPlainly, SnowflakeTable } from '../../src/index.js'

const read = <T>(json: string | Uint8Array, how: (reader: JsonReader) => T) => readPlainly(Buffer.from(json), how)

const KEYS = new JsonKeys(['id', 'name', 'ids', 'nick'])

t.test('the keys that are looked for are named, others are not, wherever they stand', async (t) => {
  const keysOf = (reader: JsonReader) => {
    const keys: string[] = []
    reader.openObject()
    for (let key = reader.nextKey(KEYS); key !== undefined; key = reader.nextKey(KEYS)) {
      keys.push(key)
      reader.skip()
    }
    return keys
  }
  t.strictSame(read('{}', keysOf), [])
  t.strictSame(read(' { "nick" : null , "x":[{}] ,"id":{"id":[]},"idz":1,"name":"" } ', keysOf), [
    'nick',
    '',
    'id',
    '',
    'name',
  ])
  t.strictSame(read('{"ïd":1,"":2}', keysOf), ['', ''])
  t.equal(read('{"i\\u0064":1}', keysOf), undefined, 'a key in another spelling')
})

/** Reads a document of any shape by the methods for each of its values. */
function anything(reader: JsonReader, shape: unknown): unknown {
  if (Array.isArray(shape)) {
    const elements: unknown[] = []
    reader.openArray()
    while (reader.hasElement()) elements.push(anything(reader, shape[elements.length]))
    return elements
  }
  if (typeof shape === 'object' && shape !== null) {
    const keys = new JsonKeys(Object.keys(shape))
    const fields: Record<string, unknown> = {}
    reader.openObject()
    for (let key = reader.nextKey(keys); key !== undefined; key = reader.nextKey(keys)) {
      fields[key] = anything(reader, (shape as Record<string, unknown>)[key])
    }
    return fields
  }
  if (typeof shape === 'string') return reader.string()
  if (typeof shape === 'number') return reader.wholeNumber()
  if (typeof shape === 'boolean') return reader.boolean()
  return reader.isNull() ? null : reader.giveUp()
}

const { value: plain } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: 'binary' }), fc.nat(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

t.test('what JSON.stringify writes is read as JSON.parse reads it, and passed over to its end', async () => {
  fc.assert(
    fc.property(plain, fc.constantFrom(undefined, 1, '\t'), (value, indentation) => {
      const json = JSON.stringify(value, undefined, indentation)
      return isDeepStrictEqual(
        read(json, (reader) => anything(reader, value)),
        JSON.parse(json),
      )
    }),
  )
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      return read(JSON.stringify(value), (reader) => reader.skip() ?? 'read') === 'read'
    }),
  )
})

t.test('what JSON.parse refuses is refused, whatever was spoilt', async (t) => {
  const bytes = fc.constantFrom(...Buffer.from(' "\\{}[],:-+.eE019ntu\n\0\x7f'), 0x80, 0xc3, 0xff)
  let refused = 0
  const spoilt = fc.property(fc.jsonValue(), fc.nat(), bytes, (value, place, byte) => {
    const json = Buffer.from(JSON.stringify(value))
    json[place % json.length] = byte
    let isJson = true
    try {
      JSON.parse(new TextDecoder().decode(json))
    } catch {
      isJson = false
      refused++
    }
    return isJson || read(json, (reader) => reader.skip() ?? 'read') === undefined
  })
  fc.assert(spoilt, { numRuns: 5_000 })
  t.ok(refused > 500, `${refused} of 5,000 were no JSON`)
})

t.test('numbers, words and lists that are nearly right are not read', async (t) => {
  for (const json of ['01', '-1', '1.', '1.5', '1e3', '1234567890123456', '', '+1', '1 2']) {
    t.equal(
      read(json, (reader) => reader.wholeNumber()),
      undefined,
      json,
    )
  }
  t.equal(
    read('123456789012345', (reader) => reader.wholeNumber()),
    123_456_789_012_345,
  )
  for (const json of [
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a":1,}',
    '{"a"}',
    '{a:1}',
    '[',
    '{"a":',
    'nul',
    'truer',
    '"a',
    '-',
    '.5',
    '1e',
    '1e+',
    '1.e1',
    '1e1.5',
  ]) {
    t.equal(
      read(json, (reader) => reader.skip() ?? 'read'),
      undefined,
      json,
    )
  }
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  t.equal(
    read(nested(33), (reader) => reader.skip() ?? 'read'),
    'read',
  )
  t.equal(
    read(nested(34), (reader) => reader.skip() ?? 'read'),
    undefined,
  )
  t.equal(
    read(nested(1_000_000), (reader) => reader.skip()),
    undefined,
    'and the stack holds',
  )
})

t.test('a text that came before is given again only where it stands', async (t) => {
  const like = (json: string, last: string) => read(json, (reader) => reader.stringLike(last))
  t.equal(like('"abc"', 'abc'), 'abc')
  for (const [json, last] of [
    ['"abcd"', 'abc'],
    ['"ab"', 'abc'],
    ['"abd"', 'abc'],
    ['"\\u0061bc"', 'ab'],
    ['"é"', 'abc'],
    ['""', 'abc'],
  ] as const) {
    t.equal(like(json, last), JSON.parse(json), json)
  }
  t.equal(like('"abc', 'abc'), undefined)
})

t.test('an id is exact, with and without a table, up to the last of 63 bits', async (t) => {
  const table = new SnowflakeTable()
  const id = (json: string) => [
    read(json, (reader) => reader.snowflake()),
    read(json, (reader) => reader.repeatedSnowflake(table)),
    read(json, (reader) => reader.repeatedSnowflake(table)),
  ]
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: MAX_SNOWFLAKE }), (value) => id(`"${value}"`).every((it) => it === value)),
    { examples: [[0n], [999_999_999n], [1_000_000_000n], [10n ** 18n - 1n], [10n ** 18n], [MAX_SNOWFLAKE]] },
  )
  for (const json of [
    '""',
    '"01"',
    '"-1"',
    '" 1"',
    '"1 "',
    '1',
    `"${MAX_SNOWFLAKE + 1n}"`,
    '"10000000000000000000"',
    '"1',
  ]) {
    t.strictSame(id(json), [undefined, undefined, undefined], json)
  }
})

t.test('ids that differ in one digit, or in their length, are not taken for each other', async (t) => {
  const ids = [
    '11111111111111111',
    '111111111111111111',
    '1111111111111111111',
    '1111111111111111112',
    '2111111111111111111',
  ]
  for (let place = 0; place < 18; place++) ids.push(`${'1'.repeat(place)}7${'1'.repeat(17 - place)}`)
  const json = JSON.stringify(ids)
  const table = new SnowflakeTable()
  for (let round = 0; round < 2; round++) {
    t.strictSame(
      read(json, (reader) => reader.snowflakes(ids.length, table)),
      ids.map(BigInt),
    )
  }
  t.equal(
    read('["1111111111111111","1"]', (reader) => reader.snowflakes(2, table))?.length,
    2,
    'a quote may stand where that of a longer id would',
  )
})

t.test('a table that is full goes on finding what it has and making what it has not', async (t) => {
  const table = new SnowflakeTable()
  const ids = Array.from({ length: 2_000 }, (_, index) => 10n ** 17n + BigInt(index) * 4_194_304n)
  const json = JSON.stringify(ids.map(String))
  const readUpTo = (max: number) => read(json, (reader) => reader.snowflakes(max, table))
  for (let round = 0; round < 2; round++) t.strictSame(readUpTo(2_000), ids)
  t.equal(readUpTo(1_999), undefined, 'a list that is too long is not read to its end')
})
