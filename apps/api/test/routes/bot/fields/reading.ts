import t from 'tap'
import { readBoolean } from '../../../../src/routes/bot/fields/read-boolean.js'
import { readInteger, readNumber } from '../../../../src/routes/bot/fields/read-integer.js'
import { readList } from '../../../../src/routes/bot/fields/read-list.js'
import { readObject, readObjects, withFault } from '../../../../src/routes/bot/fields/read-object.js'
import { readReference } from '../../../../src/routes/bot/fields/read-reference.js'
import { readText } from '../../../../src/routes/bot/fields/read-text.js'
import { kindOf, type Read } from '../../../../src/routes/bot/fields/reading.js'

type Case = readonly [given: unknown, expected: unknown]

function reads(t: Tap, read: Read<unknown>, cases: readonly Case[]): void {
  for (const [given, value] of cases) t.strictSame(read(given), { value }, show(given))
}

function refuses(t: Tap, read: Read<unknown>, cases: readonly (readonly [unknown, ...string[]])[]): void {
  for (const [given, ...messages] of cases) t.strictSame(read(given), { messages }, show(given))
}

interface Tap {
  strictSame(found: unknown, wanted: unknown, name: string): unknown
}

const show = (value: unknown) =>
  (typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined')).slice(0, 60)

t.test('text loses its blank ends, counts in code points, and takes numbers', async (t) => {
  const read = readText({ maxLength: 3 })
  reads(t, read, [
    [' a ', 'a'],
    ['é🎉b', 'é🎉b'],
    ['🎉🎉🎉', '🎉🎉🎉'],
    [42, '42'],
    [1.5, '1.5'],
    [123n, '123'],
  ])
  refuses(t, read, [
    [null, 'This field may not be null.'],
    ['', 'This field may not be blank.'],
    [' \n', 'This field may not be blank.'],
    [true, 'Not a valid string.'],
    [[], 'Not a valid string.'],
    [{}, 'Not a valid string.'],
    ['abcd', 'Ensure this field has no more than 3 characters.'],
    ['🎉🎉🎉🎉', 'Ensure this field has no more than 3 characters.'],
    [2 ** 70, 'Ensure this field has no more than 3 characters.'],
    ['a\0b', 'Null characters are not allowed.'],
    ['a\ud800', 'Surrogate characters are not allowed: U+D800.'],
    ['\udfffa', 'Surrogate characters are not allowed: U+DFFF.'],
    [
      'ab\0\udead',
      'Ensure this field has no more than 3 characters.',
      'Null characters are not allowed.',
      'Surrogate characters are not allowed: U+DEAD.',
    ],
  ])
  reads(t, readText({ maxLength: 3, blank: true }), [
    ['', ''],
    ['  ', ''],
  ])
})

t.test('a whole number is exact or none', async (t) => {
  reads(t, readInteger(), [
    [0, 0n],
    [-0, 0n],
    [42, 42n],
    ['42', 42n],
    ['0042', 42n],
    ['42.0', 42n],
    ['42.', 42n],
    [' 42 ', 42n],
    ['+42', 42n],
    ['-42', -42n],
    [2n ** 53n + 1n, 2n ** 53n + 1n],
    ['9007199254740993', 9007199254740993n],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [-(2n ** 63n), -(2n ** 63n)],
  ])
  const invalid = 'A valid integer is required.'
  refuses(t, readInteger(), [
    [null, 'This field may not be null.'],
    [true, invalid],
    [1.5, invalid],
    ['1.5', invalid],
    ['x', invalid],
    ['', invalid],
    ['0x10', invalid],
    ['1e3', invalid],
    ['- 1', invalid],
    [[1], invalid],
    [{}, invalid],
    [2 ** 53, invalid],
    [Number.POSITIVE_INFINITY, invalid],
    [Number.NaN, invalid],
    ['9'.repeat(1_000), 'Ensure this value is less than or equal to 9223372036854775807.'],
    ['9'.repeat(1_001), 'String value too large.'],
    [2n ** 63n, 'Ensure this value is less than or equal to 9223372036854775807.'],
    [-(2n ** 63n) - 1n, 'Ensure this value is greater than or equal to -9223372036854775808.'],
  ])
  const small = readNumber({ min: 0n, max: 9_999n })
  reads(t, small, [
    ['9999', 9_999],
    [0, 0],
  ])
  refuses(t, small, [
    [-1, 'Ensure this value is greater than or equal to 0.'],
    [10_000, 'Ensure this value is less than or equal to 9999.'],
  ])
})

t.test('true and false have many words', async (t) => {
  reads(t, readBoolean, [
    ...[true, 1, 't', 'Y', 'yes', 'TRUE', 'On', '1'].map((it) => [it, true] as const),
    ...[false, 0, 'f', 'N', 'no', 'FALSE', 'Off', '0'].map((it) => [it, false] as const),
  ])
  refuses(t, readBoolean, [
    [null, 'This field may not be null.'],
    ...['maybe', '', 'null', 2, 1n, [], {}].map((it) => [it, 'Must be a valid boolean.'] as const),
  ])
})

t.test('a list keeps its order and repetitions, and tells its faults by index, twenty at most', async (t) => {
  const read = readList(readInteger({ min: 0n }), { maxLength: 30 })
  reads(t, read, [
    [[], []],
    [
      [3, '1', 3],
      [3n, 1n, 3n],
    ],
  ])
  refuses(t, read, [
    [null, 'This field may not be null.'],
    [{}, 'Expected a list of items but got type "dict".'],
    ['1', 'Expected a list of items but got type "str".'],
    [1n, 'Expected a list of items but got type "int".'],
    [Array(31).fill('x'), 'Ensure this field has no more than 30 elements.'],
  ])
  t.strictSame(read([1, 'x', -1, null]), {
    messages: {
      1: ['A valid integer is required.'],
      2: ['Ensure this value is greater than or equal to 0.'],
      3: ['This field may not be null.'],
    },
  })
  const { messages } = read(Array(30).fill('x')) as { messages: object }
  t.equal(Object.keys(messages).length, 20)
})

t.test('a reference is the id of a row', async (t) => {
  reads(t, readReference, [
    [5, 5n],
    ['5', 5n],
  ])
  refuses(t, readReference, [
    [null, 'This field may not be null.'],
    ['', 'This field may not be null.'],
    ['abc', 'Incorrect type. Expected pk value, received str.'],
    ['9'.repeat(1_001), 'Incorrect type. Expected pk value, received str.'],
    [true, 'Incorrect type. Expected pk value, received bool.'],
    [1.5, 'Incorrect type. Expected pk value, received float.'],
    [[], 'Incorrect type. Expected pk value, received list.'],
    [{}, 'Incorrect type. Expected pk value, received dict.'],
    [-1, 'Invalid pk "-1" - object does not exist.'],
    [2n ** 63n, 'Invalid pk "9223372036854775808" - object does not exist.'],
  ])
})

t.test(
  'an object is read in the order of its fields, whatever order it has, and the rest is passed over',
  async (t) => {
    const fields = { id: readInteger(), name: readText({ maxLength: 3 }), on: readBoolean }
    t.strictSame(readObject(fields, { on: 'no', foo: 1, id: '7' }, []), { values: { id: 7n, on: false }, faults: {} })
    const reading = readObject(fields, { on: 'x', id: 'x' }, ['name'])
    t.equal(
      JSON.stringify(reading.faults),
      '{"id":["A valid integer is required."],"name":["This field is required."],"on":["Must be a valid boolean."]}',
    )
    t.strictSame(readObject(fields, Object.create({ id: 1 }), ['id']).values, {}, 'what is inherited was not sent')

    const later = withFault(readObject(fields, { on: 'x', id: 1 }, []), fields, 'name', ['Taken.'])
    t.equal(JSON.stringify(later.faults), '{"name":["Taken."],"on":["Must be a valid boolean."]}')

    const got = (kind: string) => ({ non_field_errors: [`Invalid data. Expected a dictionary, but got ${kind}.`] })
    t.strictSame(readObject(fields, [], []).faults, got('list'))
    t.strictSame(readObject(fields, 'x', []).faults, got('str'))
    t.strictSame(readObject(fields, null, []).faults, { non_field_errors: ['No data provided'] })
    t.strictSame(
      readObjects(fields, [{}, null, 1.5], []).map((it) => it.faults),
      [{}, ['This field may not be null.'], got('float')],
    )
  },
)

t.test('kinds have the names that bots know', async (t) => {
  const kinds = [null, [], {}, 'x', true, 1, 1n, 1.5].map(kindOf)
  t.strictSame(kinds, ['NoneType', 'list', 'dict', 'str', 'bool', 'int', 'int', 'float'])
})
