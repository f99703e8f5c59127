import { DiscordAPIError, type REST, RequestMethod } from '@discordjs/rest'
import {
  isSnowflake,
  nextPageLimit,
  type RetryNotice,
  retrying,
  type Snowflake,
  type Stamp,
  stampOf,
} from '@rollcall/contract'
import * as z from 'zod'
import type { ObservedRole } from '../core/diff-roles.js'
import { type DiscordMember, type ObservedMember, observe } from '../core/observed-member.js'
import { MalformedDiscordResponseError } from './errors.js'
import { readMembers } from './read-members.js'
import { DISCORD_RETRIES } from './retries.js'

/** Discord's largest page of members. */
const MAX_PAGE_LIMIT = 1_000

/** "Unknown Member" and "Unknown User". @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
const NOT_A_MEMBER = [10_007, 10_013]
const UNKNOWN_ROLE = 10_011

const BotUser = z.object({ id: z.string(), username: z.string() })
const RoleId = z.string().refine(isSnowflake)
const Guild = z.object({
  id: z.string(),
  name: z.string(),
  approximate_member_count: z.int().min(0),
  /** A second word on which roles there are. */
  roles: z.array(z.object({ id: RoleId }).transform(({ id }) => ({ id: BigInt(id) }))),
})
const Roles = z.array(
  z
    .object({
      id: RoleId,
      name: z.string(),
      color: z.int(),
      // Newer than `color`, which is deprecated.
      colors: z.object({ primary_color: z.int() }).optional(),
      permissions: z.string().refine(isSnowflake),
      position: z.int(),
    })
    .transform(
      ({ id, name, color, colors, permissions, position }): ObservedRole => ({
        id: BigInt(id),
        name,
        colour: colors?.primary_color ?? color,
        permissions: BigInt(permissions),
        position,
      }),
    ),
)

/** Something that Discord said, and the instant at which it was asked: what happened later, it need not know. */
export interface Observation<T> {
  readonly value: T
  readonly askedAtMs: number
}

export interface DiscordClientOptions {
  readonly rest: REST
  readonly token: string
  readonly guildId: Snowflake
  readonly clock: () => number
  readonly onRetry: (notice: RetryNotice) => void
}

/** What a reconcile asks Discord about one guild. Nothing here writes. */
export class DiscordClient {
  readonly #options: DiscordClientOptions

  constructor(options: DiscordClientOptions) {
    this.#options = options
  }

  /** The bot itself: whether the token is good. */
  async getBot(signal: AbortSignal): Promise<z.output<typeof BotUser>> {
    const { value } = await this.#get('/users/@me', signal, (body) => BotUser.safeParse(body).data)
    return value
  }

  getGuild(signal: AbortSignal): Promise<Observation<z.output<typeof Guild>>> {
    const query = new URLSearchParams({ with_counts: 'true' })
    return this.#getBytes(this.#guild, signal, (bytes) => Guild.safeParse(parsed(bytes)).data, query)
  }

  /** All roles. A list without `@everyone`, whose id is the guild's, is not the whole list and counts as malformed. */
  listRoles(signal: AbortSignal): Promise<Observation<ObservedRole[]>> {
    return this.#get(`${this.#guild}/roles`, signal, (body) => {
      const { data: roles } = Roles.safeParse(body)
      return roles?.some((role) => role.id === this.#options.guildId) ? roles : undefined
    })
  }

  /** Asks for one role by itself, which does not depend on any list. */
  hasRole(roleId: Snowflake, signal: AbortSignal): Promise<boolean> {
    return this.#exists(`${this.#guild}/roles/${roleId}`, [UNKNOWN_ROLE], signal)
  }

  /** Asks for one member by itself, which does not depend on any list. Undefined where Discord knows of none. */
  async getMember(userId: Snowflake, signal: AbortSignal): Promise<DiscordMember | undefined> {
    const body = await this.#unlessAbsent(`${this.#guild}/members/${userId}`, NOT_A_MEMBER, signal, (it) =>
      hasUserAndRoles(it) ? it : undefined,
    )
    return body?.value
  }

  /**
   * All members, page by page, each fetched when the one before was taken. The list ends with an empty page, not with a
   * short one: a page that was cut short is so followed by what it lacks. Members with very many roles come in smaller pages.
   *
   * @see https://discord.com/developers/docs/resources/guild#list-guild-members
   */
  async *memberPages(signal: AbortSignal): AsyncGenerator<readonly ObservedMember[]> {
    let after = '0'
    let limit = nextPageLimit([], MAX_PAGE_LIMIT)
    while (true) {
      const query = new URLSearchParams({ limit: `${limit}`, after })
      const { value: page } = await this.#getBytes(`${this.#guild}/members`, signal, memberPage, query)
      const last = page.at(-1)
      if (last === undefined) return
      yield page
      after = `${last.id}`
      limit = nextPageLimit(page, MAX_PAGE_LIMIT)
    }
  }

  get #guild(): `/guilds/${bigint}` {
    return `/guilds/${this.#options.guildId}`
  }

  async #exists(route: `/${string}`, codesOfAbsence: readonly number[], signal: AbortSignal): Promise<boolean> {
    const read = (body: unknown) => (typeof body === 'object' && body !== null ? body : undefined)
    return (await this.#unlessAbsent(route, codesOfAbsence, signal, read)) !== undefined
  }

  async #unlessAbsent<T>(
    route: `/${string}`,
    codesOfAbsence: readonly number[],
    signal: AbortSignal,
    read: (body: unknown) => T | undefined,
  ): Promise<Observation<T> | undefined> {
    try {
      return await this.#get(route, signal, read)
    } catch (error) {
      if (error instanceof DiscordAPIError && error.status === 404 && codesOfAbsence.includes(Number(error.code))) {
        return undefined
      }
      throw error
    }
  }

  #get<T>(route: `/${string}`, signal: AbortSignal, read: (body: unknown) => T | undefined): Promise<Observation<T>> {
    return this.#getBytes(route, signal, (bytes) => read(parsed(bytes)))
  }

  /** @param query - apart from the route: with it in the route, the library would keep a queue for every page of another size */
  #getBytes<T>(
    fullRoute: `/${string}`,
    signal: AbortSignal,
    read: (bytes: Uint8Array, askedAtMs: number) => T | undefined,
    query = new URLSearchParams(),
  ): Promise<Observation<T>> {
    const { rest, token, clock, onRetry } = this.#options
    const attempt = async () => {
      const askedAtMs = clock()
      // The library forgets the token at the first 401.
      const response = await rest.setToken(token).queueRequest({ fullRoute, query, method: RequestMethod.Get })
      const value = read(new Uint8Array(await response.arrayBuffer()), askedAtMs)
      if (value === undefined) throw new MalformedDiscordResponseError(fullRoute)
      return { value, askedAtMs }
    }
    return abortable(signal, retrying(DISCORD_RETRIES, attempt, { signal, onRetry }))
  }
}

/** What the steps of a run need of it. */
export type Discord = Pick<DiscordClient, keyof DiscordClient>

/**
 * A page is checked by hand: a thousand members are not worth a schema each, and one odd member must not sink the page.
 * What is wrong with a single member shows when its change is checked.
 */
function memberPage(bytes: Uint8Array, askedAtMs: number): ObservedMember[] | undefined {
  const stamp = stampOf(askedAtMs)
  return readMembers(bytes, stamp) ?? observed(parsed(bytes), stamp)
}

function observed(body: unknown, stamp: Stamp): ObservedMember[] | undefined {
  return Array.isArray(body) && body.every(hasUserAndRoles) ? body.map((it) => observe(it, stamp)) : undefined
}

function hasUserAndRoles(member: unknown): member is DiscordMember {
  if (typeof member !== 'object' || member === null || !('user' in member) || !('roles' in member)) return false
  const { user, roles } = member
  return typeof user === 'object' && user !== null && 'id' in user && isSnowflake(user.id) && Array.isArray(roles)
}

/** @throws `SyntaxError` */
const parsed = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

/** The library's waits for a rate limit know no signal; whoever waits for it need not wait for them. */
function abortable<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
