import { setTimeout as sleep } from 'node:timers/promises'
import { encodePatch, RollcallClient, stampOf } from '@rollcall/contract'
import type { Random } from '../rig/random.js'

const CHUNK_MEMBERS = 50
const CLIENTS = 8
/** Some that the guild does not have, and names that nobody has had. */
const KEYS = 1_000_000_000

export interface Site {
  readonly url: string
  readonly guildId: string
  readonly token: string
  /** Of other tokens, each to be used once. */
  readonly newKeys: readonly string[]
}

/** A key that is new is known within a quarter of a second. */
const POLL_MS = 50
const MAX_TRIES = 200

/**
 * Asks the API for everything that it might remember, each time with another key: tokens, guilds, members, roles, names,
 * runs, paths, request ids.
 */
export async function load(site: Site, random: Random, requests: number): Promise<void> {
  const { url, guildId, token, newKeys } = site
  const client = new RollcallClient({ url, token, userAgent: 'rollcall-soak' })
  const guild = BigInt(guildId)
  const key = () => random.integer(1, KEYS)
  const get = async (path: string, bearer = token) => {
    const headers = { authorization: `Bearer ${bearer}`, 'x-request-id': `soak-${key()}` }
    const response = await fetch(`${url}${path}`, { headers })
    await response.arrayBuffer()
    return response.status
  }
  const asks: readonly (() => Promise<unknown>)[] = [
    () => get('/guilds', `unknown-${key()}`),
    () => get('/guilds', `unknown-${key()}`),
    () => get('/guilds', `unknown-${key()}`),
    () => get(`/guilds/${key()}`),
    () => get(`/guilds/${guildId}/members/${key()}`),
    () => get(`/guilds/${guildId}/members?limit=100&after=${key()}`),
    () => get(`/guilds/${guildId}/members?limit=10&name_prefix=${key()}`),
    () => get(`/guilds/${guildId}/members?limit=10&role=${key()}`),
    () => get(`/nowhere/${key()}`),
    () => get(`/bot/users/${key()}`),
    () => client.startSyncRun(guild, { now: true }),
    () => client.patchMembers(guild, someMembers(key()), { observedAt: stampOf(Date.now()) }),
  ]
  const fresh = newKeys.values()
  const introduce = async () => {
    for (const newKey of fresh) await untilKnown(() => get('/guilds', newKey))
  }
  await inParallel(introduce)
  let left = requests
  await inParallel(async () => {
    while (left-- > 0) await random.pick(asks)()
  })
}

const inParallel = (work: () => Promise<void>) => Promise.all(Array.from({ length: CLIENTS }, work))

/** @throws when it is never known: the cache of tokens would have seen none of them */
async function untilKnown(ask: () => Promise<number>): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const status = await ask()
    if (status === 200) return
    if (status !== 401) throw new Error(`A new token was answered ${status}`)
    await sleep(POLL_MS)
  }
  throw new Error('A new token is not known to the API')
}

const someMembers = (first: number) =>
  Array.from({ length: CHUNK_MEMBERS }, (_, at) =>
    encodePatch({
      id: BigInt(first + at),
      name: `soak ${first}`,
      display_name: '',
      discriminator: 0,
      roles: [],
      in_guild: true,
    }),
  )
