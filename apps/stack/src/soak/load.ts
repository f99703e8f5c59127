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
}

/**
 * Asks the API for everything that it might remember, each time with another key: tokens, guilds, members, roles, names,
 * runs, paths, request ids.
 */
export async function load(site: Site, random: Random, requests: number): Promise<void> {
  const { url, guildId, token } = site
  const client = new RollcallClient({ url, token, userAgent: 'rollcall-soak' })
  const guild = BigInt(guildId)
  const key = () => random.integer(1, KEYS)
  const get = async (path: string, bearer = token) => {
    const headers = { authorization: `Bearer ${bearer}`, 'x-request-id': `soak-${key()}` }
    await (await fetch(`${url}${path}`, { headers })).arrayBuffer()
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
  let left = requests
  const repeat = async () => {
    while (left-- > 0) await random.pick(asks)()
  }
  await Promise.all(Array.from({ length: CLIENTS }, repeat))
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
