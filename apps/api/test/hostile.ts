import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t, { type Test } from 'tap'
import { ApiProcess } from './fixtures/api-process.js'
import { migrated } from './fixtures/build.js'
import { aMember, GUILD, OBSERVED_AT, stamp } from './fixtures/native.js'
import { head, pour, type Raw, raw } from './fixtures/raw.js'
import { client, createKey, MEMBERS, seed } from './fixtures/seeded.js'

const MEMORY_LIMIT_KB = 192 * 1_024
const MIB = 1_048_576
const BULK_ROUTES = [MEMBERS, '/bot/users/bulk_patch']

const databaseUrl = await testDatabase(t, { template: await migrated() })
const key = await createKey(databaseUrl)
const api = new ApiProcess(t, databaseUrl, { HOME_GUILD_ID: GUILD })
await api.untilReadyzSays(200)
const url = await api.url()
const request = client(url, key)
await seed(request, 10)

// Both mounts know this scheme.
const authorized = { Authorization: `Token ${key}` }
const json = { ...authorized, 'Content-Type': 'application/json' }

/** One request over a connection of its own. */
function send(method: string, path: string, headers: Record<string, string | number> = {}, body: string | Buffer = '') {
  const length = body.length > 0 ? { 'Content-Length': Buffer.byteLength(body) } : {}
  return raw(url, (socket) => {
    socket.write(head(method, path, { ...authorized, ...length, ...headers }))
    socket.write(body)
  })
}

async function checkUnharmed(t: Test): Promise<void> {
  const { status, text } = await request('GET', `${MEMBERS}?limit=1000`)
  t.equal(status, 200, 'an ordinary request is still served')
  t.equal(JSON.parse(text).members.length, 10, 'nothing was written')
  const { peakKb } = await api.memory()
  t.ok(peakKb <= MEMORY_LIMIT_KB, `memory peaked at ${Math.round(peakKb / 1_024)} MiB`)
}

/** Sends one byte now and then. */
const drip = (beginning: string) => async (socket: Socket) => {
  socket.write(beginning)
  while (!socket.destroyed) {
    await sleep(400)
    if (socket.writable) socket.write('x')
  }
}

t.test('slow clients are cut off with 408, and silent ones do not keep anybody out', { timeout: 60_000 }, async (t) => {
  const slowHeader = raw(url, drip('GET /guilds HTTP/1.1\r\nHost: x\r\nX-Slow: '))
  const slowBody = raw(url, drip(head('PUT', `/guilds/${GUILD}`, { ...json, 'Content-Length': 1_000 })))
  const shortBody = raw(url, (it) =>
    it.write(`${head('PUT', `/guilds/${GUILD}`, { ...json, 'Content-Length': 50 })}{}`),
  )
  const unsent = raw(url, (it) => it.write(head('PATCH', MEMBERS, { ...json, 'Content-Length': 50 * MIB })))
  const unwelcome = raw(
    url,
    drip(head('PATCH', MEMBERS, { 'Content-Length': 50 * MIB }).replace(/Connection.*\r\n/, '')),
  )
  const silent = Array.from({ length: 100 }, () => raw(url, () => {}))

  t.equal((await fetch(new URL('/livez', await api.managementUrl()))).status, 200)
  t.equal((await request('GET', '/healthcheck')).status, 200)
  const within = (name: string, { status, text, tookMs }: Raw, limitMs: number) => {
    t.equal(status, 408, name)
    t.match(text, /"code":"request_timeout"/)
    t.ok(tookMs < limitMs, `${name}: after ${Math.round(tookMs)} ms`)
  }
  within('slow header', await slowHeader, 12_000)
  for (const it of (await Promise.all(silent)).slice(0, 1)) within('silence', it, 12_000)
  within('slow body', await slowBody, 30_000)
  within('missing body', await shortBody, 30_000)
  t.match(await unsent, { status: 413 }, '50 MiB that are announced and never sent')
  t.match(await unwelcome, { status: 401, text: /connection: close/i }, 'a slow body that nobody wants')
  await checkUnharmed(t)
})

t.test('a thousand open connections fill the public port, not the one of the probes', async (t) => {
  const sockets = Array.from({ length: 1_000 }, () => connect(Number(url.port), url.hostname).on('error', () => {}))
  await sleep(1_000)
  const livez = await fetch(new URL('/livez', await api.managementUrl()))
  t.equal(livez.status, 200)
  for (const socket of sockets) socket.destroy()
  for (let attempt = 0; attempt < 50; attempt++) {
    if (
      await request('GET', '/healthcheck').then(
        (it) => it.status === 200,
        () => false,
      )
    )
      break
    await sleep(100)
  }
  await checkUnharmed(t)
})

t.test('bodies that are too large are refused before they are held', async (t) => {
  const piece = Buffer.alloc(64 * 1_024, ' ')
  for (const path of BULK_ROUTES) {
    const announced = await raw(url, (socket) => {
      socket.write(head('PATCH', path, { ...json, 'Content-Length': 50 * MIB }))
      return pour(socket, piece, 50 * 16)
    })
    t.equal(announced.status, 413, `${path}: 50 MiB announced`)
    const chunked = await raw(url, async (socket) => {
      socket.write(head('PATCH', path, { ...json, 'Transfer-Encoding': 'chunked' }))
      await pour(socket, Buffer.from(`10000\r\n${piece}\r\n`), 50 * 16)
      socket.write('0\r\n\r\n')
    })
    t.equal(chunked.status, 413, `${path}: 50 MiB in chunks`)
  }
  for (const [path, headers, status] of [
    [MEMBERS, json, 413],
    ['/bot/users/bulk_patch', json, 413],
    [MEMBERS, {}, 401],
  ] as const) {
    const late = await raw(url, async (socket) => {
      socket.pause()
      socket.write(head('PATCH', path, { ...headers, 'Content-Length': 4 * MIB }))
      socket.write(Buffer.alloc(MIB, ' '))
      await sleep(200)
      socket.write(Buffer.alloc(3 * MIB, ' '))
      await sleep(200)
      socket.resume()
    })
    t.equal(late.status, status, 'one who listens only after having said everything hears why it was refused')
  }
  const overLimit = `{"members":[${' '.repeat(2 * MIB)}]}`
  t.equal((await send('PATCH', MEMBERS, json, overLimit)).status, 413)
  t.equal((await send('PUT', `/guilds/${GUILD}`, json, `{"name":"${'x'.repeat(65_536)}"}`)).status, 413)
  await checkUnharmed(t)
})

t.test('bodies that are costly to look at are refused cheaply', async (t) => {
  const member = (field: string) => `{"observed_at":"${OBSERVED_AT}","members":[{"id":"1",${field}}]}`
  const user = (field: string) => `[{"id":1,${field}}]`
  const fields: Record<string, string> = {
    'a million roles': `"roles":[${'1,'.repeat(999_000)}1]`,
    '600,000 lists for roles': `"roles":[${'[],'.repeat(600_000)}[]]`,
    '190,000 unknown fields': `${Array.from({ length: 190_000 }, (_, it) => `"${it.toString(36)}":1`).join()}`,
    'a million digits': `"discriminator":${'9'.repeat(1_000_000)}`,
    'a million characters': `"name":"${'n'.repeat(1_000_000)}"`,
    'a number beyond all': '"discriminator":1e999',
    'a prototype': '"__proto__":{"in_guild":false}',
    'a constructor': '"constructor":{"prototype":{"in_guild":false}}',
    'a NUL': '"name":"\\u0000"',
    'half a surrogate': '"name":"\\ud800"',
  }
  const bodies: [string, string, string][] = [
    ...Object.entries(fields).flatMap(([name, field]): [string, string, string][] => [
      [name, MEMBERS, member(field)],
      [name, '/bot/users/bulk_patch', user(field)],
    ]),
    ...BULK_ROUTES.flatMap((path): [string, string, string][] => [
      ['500,000 levels', path, '['.repeat(500_000) + ']'.repeat(500_000)],
      ['500,000 levels without an end', path, '{"a":'.repeat(300_000)],
      ['no object', path, 'null'],
      ['nothing but blanks', path, '   '],
      ['a byte order mark', path, '\ufeff{}'],
    ]),
    ['10,000 items', MEMBERS, `{"members":[${'{},'.repeat(9_999)}{}]}`],
    ['10,000 items', '/bot/users/bulk_patch', `[${'{},'.repeat(9_999)}{}]`],
    ['a thousand wrong items', MEMBERS, `{"members":[${'{"id":[],"x":1},'.repeat(999)}{}]}`],
    [
      'one id a thousand times',
      MEMBERS,
      `{"observed_at":"${OBSERVED_AT}","members":[${'{"id":"1"},'.repeat(999)}{"id":1}]}`,
    ],
  ]
  for (const [name, path, body] of bodies) {
    const { status, text, tookMs } = await send('PATCH', path, json, body)
    t.match([400, 413].includes(status ?? 0), true, `${path}: ${name}: ${status} after ${Math.round(tookMs)} ms`)
    t.ok(text.length < 20_000, `the answer has ${text.length} characters`)
    t.ok(tookMs < 10_000)
  }
  await checkUnharmed(t)
})

t.test('what is not plain JSON in UTF-8 is refused by name', async (t) => {
  const body = JSON.stringify({ observed_at: stamp(5), members: [aMember('99')] })
  const latin = Buffer.from(body.replace('member 99', 'm\u00e9mber 99'), 'latin1')
  const cases: [string, number, Record<string, string | number>, string | Buffer][] = [
    ['gzip', 415, { ...json, 'Content-Encoding': 'gzip' }, gzipSync(body)],
    ['a bomb', 415, { ...json, 'Content-Encoding': 'gzip' }, gzipSync(Buffer.alloc(10 * MIB))],
    ['latin1', 415, { ...json, 'Content-Type': 'application/json; charset=iso-8859-1' }, latin],
    ['invalid UTF-8', 400, json, latin],
    ['UTF-16', 400, json, Buffer.from(body, 'utf16le')],
    ['text/plain', 415, { 'Content-Type': 'text/plain' }, body],
    ['a form', 415, { 'Content-Type': 'application/x-www-form-urlencoded' }, body],
    ['no content type', 415, {}, body],
    ['a content type that is none', 415, { 'Content-Type': '/;' }, body],
    ['no body', 400, json, ''],
    ['a body that is cut off', 400, { ...json, 'Content-Length': 20 }, body],
    ['an expectation that nobody meets', 417, { ...json, Expect: 'a miracle' }, body],
  ]
  for (const path of BULK_ROUTES) {
    for (const [name, expected, headers, payload] of cases) {
      const { status } = await send('PATCH', path, headers, payload)
      t.equal(status, expected, `${path}: ${name}`)
    }
  }
  const awaited = await send('PUT', `/guilds/${GUILD}`, { ...json, Expect: '100-continue' }, '{"name":1}')
  t.match(awaited.text, /^HTTP\/1.1 100 Continue/)
  t.equal(awaited.status, 400)
  await checkUnharmed(t)
})

t.test('paths, queries and headers full of tricks are 4xx or plain text', async (t) => {
  const paths = [
    '/guilds/..%2f',
    '/guilds/..',
    '/guilds/../../etc/passwd',
    '/guilds/%00',
    `/guilds/${GUILD}%00`,
    '/guilds/%zz',
    '/guilds/%ff%fe',
    '//guilds',
    `/guilds//${GUILD}`,
    `/guilds/${GUILD}/`,
    `/guilds/${GUILD};v=1`,
    `/guilds/${'1'.repeat(90)}`,
    `/guilds/${'1'.repeat(8_000)}`,
    '/guilds/9223372036854775808',
    '/guilds/-1',
    '/guilds/1e3',
    '/guilds/0x10',
    '/guilds/%2B1',
    '/guilds/%D9%A1',
    '/guilds/__proto__',
    '/guilds/constructor',
    '/guilds?limit=1&limit=2',
    '/guilds?limit[]=1',
    '/guilds?limit=0x1',
    '/guilds?limit=1001',
    '/guilds?limit=',
    '/guilds?__proto__=1',
    '/guilds?after=1%00',
    `/guilds?${'a=1&'.repeat(3_000)}`,
    `${MEMBERS}?name_prefix=%00`,
    `${MEMBERS}?name_prefix=%ff&name_prefix=a`,
    `${MEMBERS}/1' or '1'='1`.replaceAll(' ', '%20'),
    `/bot/users?page=1&page=2&page=${'9'.repeat(400)}`,
    '/bot/users/9223372036854775808',
    '/bot/users/%00',
    'http://elsewhere/guilds/1/2/3',
  ]
  for (const path of paths) {
    const { status, text } = await send('GET', path)
    t.ok(status !== undefined && status >= 400 && status < 500, `${path.slice(0, 60)}: ${status}`)
    t.notMatch(text, /\n\s+at |node_modules|select /)
  }
  const messages: [string, number | undefined, string][] = [
    ['a header of 20 KiB', 431, head('GET', '/guilds', { ...authorized, 'X-Large': 'x'.repeat(20_480) })],
    [
      '10,000 headers',
      431,
      head('GET', '/guilds', Object.fromEntries(Array.from({ length: 10_000 }, (_, it) => [`x${it}`, 1]))),
    ],
    ['two lengths', 400, 'PUT /guilds/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'a length and chunks',
      400,
      'PUT /guilds/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    ],
    ['a length below zero', 400, 'PUT /guilds/1 HTTP/1.1\r\nHost: x\r\nContent-Length: -2\r\n\r\n{}'],
    ['no host', 400, 'GET /guilds HTTP/1.1\r\n\r\n'],
    ['no HTTP', 400, '\x16\x03\x01\x02\x00\x01\x00'],
    ['a method that is none', 400, 'STEAL /guilds HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a tunnel', undefined, 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a chunk that is none', 400, `${head('PATCH', MEMBERS, { ...json, 'Transfer-Encoding': 'chunked' })}zz\r\n`],
  ]
  for (const [name, expected, message] of messages) {
    const { status } = await raw(url, (socket) => socket.write(message))
    t.equal(status, expected, name)
  }
  await checkUnharmed(t)
})

t.test('a flood of wrong keys is 401 and hardly reaches the database', async (t) => {
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  t.teardown(() => database.end())
  const transactions = async () => {
    // Sessions report what they did after a second at the latest.
    await sleep(1_100)
    const { rows } = await database.query<{ count: string }>(
      'select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()',
    )
    return Number(rows[0]?.count)
  }
  const before = await transactions()
  const startedAt = performance.now()
  const keys = [
    '',
    'x',
    'rollcall_',
    `${key}x`,
    key.slice(0, -1),
    key.toUpperCase(),
    'x'.repeat(8_000),
    `${key} `.repeat(2),
  ]
  const statuses = new Set<number>()
  const worker = async (number: number) => {
    for (let count = 0; count < 50; count++) {
      const wrong = keys[(count + number) % keys.length] ?? ''
      statuses.add((await request('PATCH', MEMBERS, '{', { authorization: `Bearer ${wrong}${count}x` })).status)
    }
  }
  await Promise.all(Array.from({ length: 20 }, (_, it) => worker(it)))
  const seconds = (performance.now() - startedAt) / 1_000
  const queries = (await transactions()) - before
  t.strictSame([...statuses], [401])
  t.ok(queries < 20 + seconds * 8, `${queries} transactions for 1,000 requests in ${seconds.toFixed(1)} s`)
  await checkUnharmed(t)
})

t.test('names and prefixes that look like SQL are plain text', async (t) => {
  const names = [
    `'; drop table member; --`,
    `" or "1"="1`,
    'NULL',
    'null',
    '{}',
    '{"a","b"}',
    'a,b',
    '\\',
    '\\N',
    `\\'`,
    '$1',
    '%',
    '_',
    '%_%',
    '--',
    '/*',
    '*/ select',
    '\t\n\r',
    '\u0001',
    '🎉'.repeat(32),
    'e\u0301',
    '\u202eevil',
  ]
  const ids = names.map((_, index) => `${5_000 + index}`)
  const members = names.map((name, index) => aMember(`${5_000 + index}`, { name, display_name: name }))
  const written = await request('PATCH', MEMBERS, { observed_at: stamp(9), members })
  t.match(JSON.parse(written.text).counts, { applied: names.length, failed: 0 })
  const { text } = await request('GET', `${MEMBERS}?after=4999`)
  const stored = JSON.parse(text).members as { name: string; display_name: string }[]
  t.strictSame(
    stored.map((it) => it.name),
    names,
  )
  t.strictSame(
    stored.map((it) => it.display_name),
    names,
  )
  for (const name of names) {
    const found = await request('GET', `${MEMBERS}?after=4999&name_prefix=${encodeURIComponent(name)}`)
    const expected = names.filter((it) => it.startsWith(name))
    t.strictSame(
      (JSON.parse(found.text).members as { name: string }[]).map((it) => it.name),
      expected,
      name,
    )
  }
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  await database.query('delete from member where id = any ($1)', [ids])
  await database.end()
  await checkUnharmed(t)
})

t.test('at the end of all that, nothing was an internal error', async (t) => {
  const errors = api.lines.filter((it) => 'level' in it && (it.level === 'error' || it.level === 'fatal'))
  t.strictSame(errors, [])
  t.notOk(api.hasEnded)
  t.notMatch(api.stdout, key)
})
