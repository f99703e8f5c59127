import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../rig/random.js'
import { ask, hangUp, headOf, type Outcome } from './ask.js'

const MIB = 1_048_576
const HUGE_BYTES = 50 * MIB
const DRIP_MS = 500
const ITEMS = 10_000
const DEPTH = 30_000
const NOISE_BYTES = 2_000
const CHUNK = 1_000
const PATIENCE_MS = 200

/** Whom an attack is made on, and with what. */
export interface Victim {
  readonly url: string
  /** How long an answer may take. */
  readonly patienceMs: number
  /** For what only chance finds. */
  readonly random: Random
  readonly guildId: string
  /** A guild that nobody but attackers writes. */
  readonly sacrificeId: string
  /** A good one: who knows the API is the worse attacker. */
  readonly token: string
}

export interface Attack {
  readonly title: string
  /** At a time. */
  readonly clients: number
  readonly strike: (victim: Victim, number: number) => Promise<Outcome>
  /** How it may end. */
  readonly allowed: (outcome: Outcome) => boolean
}

/** What the caller got wrong, or to come back later; never a fault of the server's own. */
const refused = (outcome: Outcome) =>
  outcome === 503 || (typeof outcome === 'number' && outcome >= 400 && outcome < 500)
/** The server may also hang up on who goes on sending. */
const refusedOrClosed = (outcome: Outcome) => refused(outcome) || outcome === 'closed'
/** What only looks like an attack is answered as what it is. */
const harmless = (outcome: Outcome) => refused(outcome) || outcome === 200

const left = (outcome: Outcome) => outcome === 'hung up'

const json = (token: string) => ({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' })
const members = (guildId: string) => `/guilds/${guildId}/members`

/** One request with a good key and a body that is sent at once. */
function send(victim: Victim, method: string, path: string, body = ''): Promise<Outcome> {
  const length = { 'Content-Length': Buffer.byteLength(body), Connection: 'close' }
  return ask(victim, [headOf(method, path, { ...json(victim.token), ...length }), body])
}

async function* drip(beginning: string): AsyncGenerator<string> {
  yield beginning
  for (;;) {
    await sleep(DRIP_MS)
    yield 'x'
  }
}

function* pour(head: string): Generator<string | Buffer> {
  yield head
  const piece = Buffer.alloc(65_536, ' ')
  for (let sent = 0; sent < HUGE_BYTES; sent += piece.length) yield piece
}

/** Bytes by chance, after the beginning of a request or of a body, or after nothing. */
function* noise(random: Random): Generator<string | Buffer> {
  yield random.pick(['', 'GET ', 'GET /guilds HTTP/1.1\r\n', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'])
  yield Buffer.from(Array.from({ length: random.integer(1, NOISE_BYTES) }, () => random.integer(0, 255)))
}

/** A chunk that makes work: a thousand members, each with another name than before. */
function newNames({ sacrificeId, token }: Victim, number: number): string {
  const fields = { display_name: `${number}`, discriminator: 0, roles: [], in_guild: true }
  const items = Array.from({ length: CHUNK }, (_, id) => ({ id, name: 'x', ...fields }))
  const body = JSON.stringify({ observed_at: new Date().toISOString(), members: items })
  return headOf('PATCH', members(sacrificeId), { ...json(token), 'Content-Length': body.length }) + body
}

const TRICKS = [
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/guilds/%00/members',
  '/guilds/1%0d%0aX-Injected:%20yes',
  `/guilds/${'9'.repeat(5_000)}`,
  '//guilds//..;/members',
  '/guilds/__proto__/members',
  '/guilds/1/members?limit=1&limit=2',
  '/guilds/1/members?limit=-1',
]
const INJECTIONS = ["';drop table member;--", "' or '1'='1", '%', '\\', "a'||pg_sleep(10)||'"]
const HEADERS = [
  'X-A: b\nX-C: d',
  'Content-Length: 5\r\nContent-Length: 6',
  `X-Long: ${'x'.repeat(20_000)}`,
  ': nameless',
]

const at = <T>(list: readonly T[], number: number): T => list[number % list.length] as T

/** All at the same time, without a pause. */
export const ATTACKS: readonly Attack[] = [
  {
    title: 'bodies of 50 MiB',
    clients: 4,
    strike: (victim) => {
      const { guildId, token } = victim
      return ask(victim, pour(headOf('PATCH', members(guildId), { ...json(token), 'Content-Length': HUGE_BYTES })))
    },
    allowed: refusedOrClosed,
  },
  {
    title: 'bodies of 50 MiB that do not say so',
    clients: 2,
    strike: (victim) => {
      const { guildId, token } = victim
      const chunked = { ...json(token), 'Transfer-Encoding': 'chunked' }
      return ask(victim, pour(`${headOf('PATCH', members(guildId), chunked)}${HUGE_BYTES.toString(16)}\r\n`))
    },
    allowed: refusedOrClosed,
  },
  {
    title: `${ITEMS.toLocaleString('en')} items`,
    clients: 2,
    strike: (victim) => {
      const items = Array.from({ length: ITEMS }, (_, id) => ({ id, in_guild: false }))
      const body = JSON.stringify({ observed_at: '2026-01-01T00:00:00Z', members: items })
      return send(victim, 'PATCH', members(victim.guildId), body)
    },
    allowed: refusedOrClosed,
  },
  {
    title: 'deep JSON',
    clients: 2,
    strike: (victim, number) =>
      send(victim, 'PUT', `/guilds/${victim.guildId}`, at(['[', '{"a":'], number).repeat(DEPTH).slice(0, 60_000)),
    allowed: refusedOrClosed,
  },
  {
    title: 'wrong tokens',
    clients: 10,
    strike: (victim, number) =>
      ask(victim, [headOf('GET', '/guilds', { Authorization: `Bearer wrong-${number}`, Connection: 'close' })]),
    allowed: refused,
  },
  {
    title: 'tricks with paths',
    clients: 2,
    strike: (victim, number) => send(victim, 'GET', at(TRICKS, number)),
    allowed: refused,
  },
  {
    title: 'SQL in a name',
    clients: 2,
    strike: (victim, number) =>
      send(
        victim,
        'GET',
        `${members(victim.guildId)}?limit=1&name_prefix=${encodeURIComponent(at(INJECTIONS, number))}`,
      ),
    allowed: harmless,
  },
  {
    title: 'tricks with headers',
    clients: 2,
    strike: (victim, number) => ask(victim, [`GET /guilds HTTP/1.1\r\nHost: api\r\n${at(HEADERS, number)}\r\n\r\n`]),
    allowed: refusedOrClosed,
  },
  {
    title: 'noise',
    clients: 2,
    strike: (victim) => ask(victim, noise(victim.random)),
    allowed: refusedOrClosed,
  },
  {
    title: 'headers that come slowly',
    clients: 20,
    strike: (victim) => ask(victim, drip('GET /guilds HTTP/1.1\r\nHost: api\r\nX-Slow: ')),
    allowed: refusedOrClosed,
  },
  {
    title: 'bodies that come slowly',
    clients: 20,
    strike: (victim) => {
      const { guildId, token } = victim
      return ask(victim, drip(headOf('PUT', `/guilds/${guildId}`, { ...json(token), 'Content-Length': 10_000 })))
    },
    allowed: refusedOrClosed,
  },
  {
    title: 'hangs up at once',
    clients: 4,
    strike: async (victim, number) => {
      const { guildId, token, random } = victim
      const path = at([members(guildId), `${members(guildId)}?limit=1000`, '/guilds'], number)
      const head = headOf('GET', path, json(token))
      // Without waiting for the first answer, too.
      const outcome = await hangUp(victim, head.repeat(random.integer(1, 5)), 0)
      await sleep(random.integer(0, PATIENCE_MS))
      return outcome
    },
    allowed: left,
  },
  {
    title: 'hangs up after sending',
    clients: 4,
    strike: async (victim, number) => {
      const { random } = victim
      const outcome = await hangUp(victim, newNames(victim, number), random.integer(0, PATIENCE_MS))
      await sleep(random.integer(0, PATIENCE_MS))
      return outcome
    },
    allowed: left,
  },
  {
    title: 'connections that say nothing',
    clients: 500,
    strike: (victim) => ask(victim, []),
    allowed: refusedOrClosed,
  },
]
