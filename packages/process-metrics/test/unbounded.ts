import { readFile } from 'node:fs/promises'
import t from 'tap'
import { collectionsIn, unbounded } from '../src/testing/index.js'

const FILE = 'apps/x/src/y.ts'
const namesIn = (text: string) => collectionsIn(FILE, text).map(({ name }) => name)

t.test('finds what may outlive what fills it', async (t) => {
  const kept: Readonly<Record<string, string>> = {
    'one of a module that begins empty, whoever fills it': 'const held = new Map(); keep(held, 1)',
    'what is called another type': 'const held = [] as string[]; const other = 1',
    'a set that is called another type': 'const held = new Set() as Seen',
    'a record that is called one': 'const held = {} as Record<string, number>',
    'one that is chosen': 'const held = given ?? new Map()',
    'a list that is made anew':
      'let held: readonly string[] = []; export const keep = (it) => { held = [...held, it] }',
    'a full list that is made anew': 'let held = [1]; export const keep = (it) => { held = held.concat(it) }',
    'one that a module makes later': 'let held: Seen; export function start() { held = new Map() }',
    'one by its type': 'let held: Map<string, number> | undefined',
    'a list of a module': 'const held = []; export const keep = (it) => held.push(it)',
    'a map of a module': 'const held = new Map(); export function keep(it) { held.set(it, it) }',
    'a set of a module': 'const held = new Set<string>(); function keep(it) { held.add(it) }',
    'a record of a module': 'const held: Record<string, number> = {}; function keep(it) { held[it] = 1 }',
    'one that others may fill': 'export const held = new Map<string, number>()',
    'a field of a class': 'class Book { readonly held = new LruMap(5) }',
    'a field that is made later':
      'class Book { held: BigInt64Array; constructor() { this.held = new BigInt64Array(9) } }',
    'a field by its type': 'class Book { held: string[] }',
    'a field that may be there': 'class Book { held: Map<string, number> | undefined }',
    'a field that a constructor sets': 'class Book { held; constructor() { this.held = new Map() } }',
    'a field of another type that is set later': 'class Book { held: Seen; open() { this.held ??= new Set() } }',
    'a field that is a parameter': 'class Book { constructor(private readonly held = new Map()) {} }',
    'a default': 'function keep(id, held = new Set()) { held.add(id) }',
    'something of all of us': 'function leak(it) { globalThis.held ??= []; globalThis.held.push(it) }',
    'something of what is given': 'function plugin(app) { app.held = new Map() }',
    'one that a function keeps': 'function make() { const held = []; return { keep(it) { held.push(it) } } }',
    'one that a listener keeps':
      "function listen(socket) { const held = []; socket.on('data', (it) => held.push(it)) }",
    'one that is handed on by what a function keeps':
      "function plugin(app) { const held = new Set(); app.on('request', (it) => note(held, it)) }",
    'a list that a listener makes anew':
      "function listen(socket) { let held = []; socket.on('data', (it) => { held = [...held, it] }) }",
  }
  for (const [what, text] of Object.entries(kept)) t.strictSame(namesIn(text), ['held'], what)
})

t.test('names what is in something, or in somebody else, by that', async (t) => {
  const named: Readonly<Record<string, string>> = {
    'const state = { seen: new Map(), told: 0 }': 'state.seen',
    'const state = { of: { seen: {} as Record<string, number> } }; state.of.seen[1] = 1': 'state.of.seen',
    'class Book { state = { seen: new Set() } }': 'state.seen',
    'class Book { state; constructor() { this.state = { seen: new Set() } } }': 'state.seen',
    'function make() { const state = { seen: [] }; return (it) => state.seen.push(it) }': 'state.seen',
    'const book = keep(new Map())': 'keep',
    'export const open = () => new Book(new LruMap(5))': 'Book',
    'const makeStore = () => new Map()': 'makeStore',
    'function makeStore() { return new Map() }': 'makeStore',
  }
  for (const [text, name] of Object.entries(named)) t.strictSame(namesIn(text), [name], text)
})

t.test('leaves what is gone with its caller, or cannot grow', async (t) => {
  const fine: Readonly<Record<string, string>> = {
    'a table': 'export const TABLE = [1, 2]; const CODES = new Set([1])',
    'nothing in a table': 'const OPTIONS = { retries: [], extra: {} }',
    'a table of a class':
      'class Book { readonly kept: ReadonlySet<number>; constructor(ids) { this.kept = new Set(ids) } }',
    'what a result has': 'function list() { const result = {}; result.rows = []; return result }',
    'what is in a collection':
      'function list(all) { const found = new Map(); for (const it of all) found.set(it, new Set()) }',
    'a list of a call': 'function list() { const found = []; found.push(1); return found }',
    'a list that is filled at once':
      'function list(all) { const found = []; all.forEach((it) => found.push(it)); return found }',
    'what lets go of its keys': 'class Book { readonly #seen = new WeakMap() }',
    'what is only read': 'class Book { readonly all: ReadonlyMap<string, number>; readonly list: readonly string[] }',
  }
  for (const [what, text] of Object.entries(fine)) t.strictSame(namesIn(text), [], what)
})

t.test('says what to do about a collection that no bound names', async (t) => {
  const found = collectionsIn(FILE, 'class Book { a = new Map(); b = new Set() }')
  const bound = { source: FILE, holds: ['a'] }
  const faults = unbounded(found, [bound, { source: FILE }], {})
  t.match(faults, [/^apps\/x\/src\/y\.ts keeps b, which no bound names\. .*bounds\.add\(.*holds: \['b'\].*excuses/])
  t.equal(faults.length, 1)
  t.strictSame(unbounded(found, [{ source: FILE, holds: ['a', 'b'] }], {}), [])
  t.strictSame(unbounded(found, [{ source: 'elsewhere', holds: [`${FILE}:a`, `${FILE}:b`] }], {}), [])
  t.strictSame(unbounded(found, [bound], { [`${FILE}:b`]: 'two entries' }), [])
  t.equal(unbounded(found, [{ source: 'elsewhere', holds: ['a', 'b'] }], {}).length, 4, 'of another file')
})

t.test('says which names and excuses are not needed', async (t) => {
  t.match(unbounded([], [], { [`${FILE}:a`]: 'x' }), [/without need: remove the excuse/])
  t.match(unbounded([], [{ source: FILE, holds: ['a'] }], {}), [/y\.ts:a is named by a bound and is not there/])
  const found = collectionsIn(FILE, 'class Book { a = new Map() }')
  t.match(unbounded(found, [{ source: FILE, holds: ['a'] }], { [`${FILE}:a`]: 'x' }), [/without need/])
})

t.test('finds what is added to a file that has bounds already', async (t) => {
  const file = 'apps/api/src/plugins/places.ts'
  const text = await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const before = collectionsIn(file, text)
  const after = collectionsIn(
    file,
    `${text}\nconst seenIds = new Map()\nexport const see = (id) => seenIds.set(id, 1)\n`,
  )
  t.strictSame(after.slice(before.length), [{ file, name: 'seenIds' }])
  t.match(unbounded(after, [{ source: file }, { source: file }, { source: file }], {}).at(-1), /keeps seenIds/)
})
