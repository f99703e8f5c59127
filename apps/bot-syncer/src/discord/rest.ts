import { REST, type RESTOptions } from '@discordjs/rest'
import { makeRequest } from '@discordjs/rest/undiciRequest'
import type { Bounds } from '@rollcall/process-metrics'
import type { Refusals } from './refusals.js'

/** For one request, connection to last byte. */
const TIMEOUT_MS = 15_000

/** Discord allows 50 a second; the rest is left to the community's other programs that share the token. */
const REQUESTS_PER_SECOND = 45

/** A 429 without `Retry-After` comes from a proxy; the library would repeat at once. */
const UNTOLD_RETRY_AFTER_SECONDS = '5'

/** The library keeps a queue for each route and guild, of which few are asked for: more means that it no longer knows them. */
const MAX_ROUTES = 32

/** Where many guilds are asked for in turn, queues that are done with are swept out so often. */
const SWEEP_MS = 60_000

/** Of a minute at the pace of {@link REQUESTS_PER_SECOND}. */
const MAX_ROUTES_OF_MANY_GUILDS = REQUESTS_PER_SECOND * 120

/** A wait shorter than this is everyday; a longer one deserves a line. */
const NOTEWORTHY_WAIT_MS = 5_000

export interface RestOptions {
  /** Without version: `https://discord.com/api`. */
  readonly url: string
  readonly refusals: Refusals
  readonly onWait: (waitMs: number) => void
  /** Not one guild but one after the other. */
  readonly manyGuilds?: boolean
}

/** Discord's REST library, set so that it waits out rate limits by itself and leaves every other failure to the caller. */
export function createRest({ url, refusals, onWait, manyGuilds = false }: RestOptions): REST {
  return new REST({
    api: url,
    version: '10',
    retries: 0,
    timeout: TIMEOUT_MS,
    globalRequestsPerSecond: REQUESTS_PER_SECOND,
    userAgentAppendix: 'Rollcall/0.1.0',
    ...(manyGuilds ? { handlerSweepInterval: SWEEP_MS } : {}),
    makeRequest: requestWhole(refusals),
    rejectOnRateLimit: ({ retryAfter, timeToReset, sublimitTimeout }) => {
      const waitMs = Math.max(retryAfter, timeToReset, sublimitTimeout)
      if (waitMs >= NOTEWORTHY_WAIT_MS) onWait(waitMs)
      return false
    },
  })
}

/** Names the library's own memory of rate limits among the bounds of the process. It forgets a route after a day. */
export function boundRest(
  bounds: Bounds,
  { handlers, hashes }: Pick<REST, 'handlers' | 'hashes'>,
  { manyGuilds = false }: { manyGuilds?: boolean } = {},
): void {
  const of = { kind: 'cache', source: 'apps/bot-syncer/src/discord/rest.ts', unit: 'routes' } as const
  bounds.add('discord_queues', {
    ...of,
    size: () => handlers.size,
    max: () => (manyGuilds ? MAX_ROUTES_OF_MANY_GUILDS : MAX_ROUTES),
  })
  bounds.add('discord_rate_limits', { ...of, size: () => hashes.size, max: () => MAX_ROUTES })
}

/** Reads the body here, inside the library's own time limit, which ends with the headers otherwise. */
const requestWhole =
  (refusals: Refusals): RESTOptions['makeRequest'] =>
  async (url, init) => {
    refusals.check()
    const response = await makeRequest(url, init)
    const { headers, ok, status, statusText } = response
    const bytes = await response.arrayBuffer()
    const text = () => new TextDecoder().decode(bytes)
    refusals.record(status, headers.get('x-ratelimit-scope'))
    if (status === 429 && !headers.has('retry-after')) headers.set('retry-after', UNTOLD_RETRY_AFTER_SECONDS)
    return {
      headers,
      ok,
      status,
      statusText,
      body: null,
      bodyUsed: false,
      text: async () => text(),
      json: async () => JSON.parse(text()),
      arrayBuffer: async () => bytes,
    }
  }
