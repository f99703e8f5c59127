import t from 'tap'
import { collectionsIn, unbounded } from '../src/testing/index.js'

const FILE = 'apps/x/src/y.ts'
const namesIn = (text: string) => collectionsIn(FILE, text).map(({ name }) => name)

t.test('finds what may outlive what fills it', async (t) => {
  const kept: Readonly<Record<string, string>> = {
    'a list of a module': 'const held = []; export const keep = (it) => held.push(it)',
    'a map of a module': 'const held = new Map(); export function keep(it) { held.set(it, it) }',
    'a set of a module': 'const held = new Set<string>(); function keep(it) { held.add(it) }',
    'a record of a module': 'const held: Record<string, number> = {}; function keep(it) { held[it] = 1 }',
    'one that others may fill': 'export const held = new Map<string, number>()',
    'a field of a class': 'class Book { readonly held = new LruMap(5) }',
    'a field that is made later':
      'class Book { held: BigInt64Array; constructor() { this.held = new BigInt64Array(9) } }',
    'a field by its type': 'class Book { held: string[] }',
    'one that a function keeps': 'function make() { const held = []; return { keep(it) { held.push(it) } } }',
    'one that a listener keeps':
      "function listen(socket) { const held = []; socket.on('data', (it) => held.push(it)) }",
  }
  for (const [what, text] of Object.entries(kept)) t.strictSame(namesIn(text), ['held'], what)
})

t.test('leaves what is gone with its caller, or cannot grow', async (t) => {
  const fine: Readonly<Record<string, string>> = {
    'a table': 'export const TABLE = [1, 2]; const CODES = new Set([1])',
    'a list of a call': 'function list() { const found = []; found.push(1); return found }',
    'a list that is filled at once':
      'function list(all) { const found = []; all.forEach((it) => found.push(it)); return found }',
    'what lets go of its keys': 'class Book { readonly #seen = new WeakMap() }',
    'what is only read': 'class Book { readonly all: ReadonlyMap<string, number>; readonly list: readonly string[] }',
  }
  for (const [what, text] of Object.entries(fine)) t.strictSame(namesIn(text), [], what)
})

t.test('says what to do about a collection that is no bound', async (t) => {
  const found = collectionsIn(FILE, 'class Book { a = new Map(); b = new Set() }')
  const bound = { source: FILE }
  const [fault] = unbounded(found, [bound], {})
  t.match(fault, /apps\/x\/src\/y\.ts keeps a, b, of which 1 are among the bounds\. .*bounds\.add\(.*excuses/)
  t.strictSame(unbounded(found, [bound, bound], {}), [])
  t.strictSame(unbounded(found, [bound], { [`${FILE}:b`]: 'two entries' }), [])
  t.strictSame(unbounded(found, [{ source: 'elsewhere' }], { [`${FILE}:a`]: 'x', [`${FILE}:b`]: 'x' }), [])
  t.match(unbounded([], [], { [`${FILE}:a`]: 'x' }), [/is not there: remove the excuse/])
})
