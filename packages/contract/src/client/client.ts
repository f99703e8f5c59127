import type { z } from 'zod'
import { ErrorBody } from '../errors.js'
import { Guild, type PutGuild } from '../guild.js'
import { MAX_PAGE_MEMBERS } from '../limits.js'
import { type Member, MemberPage, PatchMembersResponse } from '../member.js'
import { DeleteRoleResponse, type PutRole, PutRoleResponse, type Role, RoleList } from '../role.js'
import { type Snowflake, toSnowflake } from '../snowflake.js'
import type { Stamp } from '../stamp.js'
import { type ReportSyncRun, type StartSyncRun, SyncRun } from '../sync-run.js'
import type { Chunk } from './chunk.js'
import { ApiResponseError, ApiUnreachableError, MalformedResponseError } from './errors.js'
import { nextPageLimit } from './page-limit.js'
import { API_RETRIES, type RetryNotice, type RetryRule, retrying } from './retry.js'
import { limitTime } from './time-limit.js'

export interface RollcallClientOptions {
  /** Of the API, without a trailing slash needed: `http://api:3000`. */
  readonly url: string
  readonly token: string
  /** For one attempt, connection to last byte. */
  readonly timeoutMs?: number
  readonly retries?: readonly RetryRule[]
  readonly onRetry?: (notice: RetryNotice) => void
  readonly userAgent?: string
}

export interface MemberFilter {
  readonly role?: Snowflake | undefined
  readonly name_prefix?: string | undefined
  readonly in_guild?: boolean | undefined
}

interface Call<S extends z.ZodType> {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  readonly path: string
  readonly answer: S
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

/**
 * The native API for a program: typed answers, typed errors, and one table of what is worth trying again. Every call is
 * safe to repeat, because stamps make every write idempotent.
 */
export class RollcallClient {
  readonly #options: Required<Omit<RollcallClientOptions, 'onRetry'>> & Pick<RollcallClientOptions, 'onRetry'>

  constructor(options: RollcallClientOptions) {
    this.#options = { timeoutMs: 30_000, retries: API_RETRIES, userAgent: 'rollcall-client', ...options }
  }

  getGuild(guildId: Snowflake, signal?: AbortSignal): Promise<Guild> {
    return this.#call({ method: 'GET', path: `/guilds/${guildId}`, answer: Guild, signal })
  }

  putGuild(guildId: Snowflake, guild: PutGuild, signal?: AbortSignal): Promise<Guild> {
    return this.#call({ method: 'PUT', path: `/guilds/${guildId}`, answer: Guild, body: encode(guild), signal })
  }

  async listRoles(guildId: Snowflake, signal?: AbortSignal): Promise<Role[]> {
    const { roles } = await this.#call({ method: 'GET', path: `/guilds/${guildId}/roles`, answer: RoleList, signal })
    return roles
  }

  putRole(guildId: Snowflake, roleId: Snowflake, role: PutRole, signal?: AbortSignal): Promise<PutRoleResponse> {
    const path = `/guilds/${guildId}/roles/${roleId}`
    return this.#call({ method: 'PUT', path, answer: PutRoleResponse, body: encode(role), signal })
  }

  /** One operation, however many members have the role. */
  deleteRole(guildId: Snowflake, roleId: Snowflake, signal?: AbortSignal): Promise<DeleteRoleResponse> {
    const path = `/guilds/${guildId}/roles/${roleId}`
    return this.#call({ method: 'DELETE', path, answer: DeleteRoleResponse, signal })
  }

  /**
   * Pages of members, ascending by id, each fetched when the one before has been taken: memory does not grow with the
   * guild, and a slow reader slows the reading. Members with very many roles come in smaller pages.
   *
   * @param options.limit - at most so many in one page
   */
  async *listMemberPages(
    guildId: Snowflake,
    {
      filter = {},
      limit = MAX_PAGE_MEMBERS,
      signal,
    }: { filter?: MemberFilter; limit?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<Member[]> {
    let after: Snowflake | undefined
    let pageLimit = nextPageLimit([], limit)
    do {
      const query = new URLSearchParams({ limit: `${pageLimit}` })
      if (after !== undefined) query.set('after', `${after}`)
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, `${value}`)
      const path = `/guilds/${guildId}/members?${query}`
      const page: MemberPage = await this.#call({ method: 'GET', path, answer: MemberPage, signal })
      yield page.members
      const next = page.next_after === null ? undefined : toSnowflake(page.next_after)
      if (next !== undefined && after !== undefined && next <= after) {
        throw new MalformedResponseError('GET', path, new Error(`next_after ${next} does not come after ${after}`))
      }
      after = next
      pageLimit = nextPageLimit(page.members, limit)
    } while (after !== undefined)
  }

  /** Members one by one; see {@link listMemberPages}. */
  async *listMembers(
    guildId: Snowflake,
    options: Parameters<RollcallClient['listMemberPages']>[1] = {},
  ): AsyncGenerator<Member> {
    for await (const page of this.listMemberPages(guildId, options)) yield* page
  }

  /**
   * Sends one chunk. A chunk that the server finds too large (413) is halved and sent in two, down to single items.
   *
   * @returns one result for every item, in order
   */
  async patchMembers(
    guildId: Snowflake,
    chunk: Chunk,
    { observedAt, signal }: { observedAt?: Stamp; signal?: AbortSignal | undefined } = {},
  ): Promise<PatchMembersResponse> {
    const stamp = observedAt === undefined ? '' : `"observed_at":${JSON.stringify(observedAt)},`
    const body = `{${stamp}"members":[${chunk.map((it) => it.json).join(',')}]}`
    try {
      const path = `/guilds/${guildId}/members`
      return await this.#call({ method: 'PATCH', path, answer: PatchMembersResponse, body, signal })
    } catch (error) {
      if (!(error instanceof ApiResponseError && error.status === 413 && chunk.length > 1)) throw error
      const middle = Math.ceil(chunk.length / 2)
      const options = { ...(observedAt === undefined ? {} : { observedAt }), signal }
      const left = await this.patchMembers(guildId, chunk.slice(0, middle), options)
      return joined(left, await this.patchMembers(guildId, chunk.slice(middle), options))
    }
  }

  /** @throws {@link ApiResponseError} 409 `sync_run_too_early` after repeated failures, with `retryAfterSeconds` */
  startSyncRun(guildId: Snowflake, start: StartSyncRun = {}, signal?: AbortSignal): Promise<SyncRun> {
    const path = `/guilds/${guildId}/sync-runs`
    return this.#call({ method: 'POST', path, answer: SyncRun, body: encode(start), signal })
  }

  /** @throws {@link ApiResponseError} 409 `sync_run_ended` when another run has taken over */
  reportSyncRun(guildId: Snowflake, runId: bigint, report: ReportSyncRun, signal?: AbortSignal): Promise<SyncRun> {
    const path = `/guilds/${guildId}/sync-runs/${runId}`
    return this.#call({ method: 'PATCH', path, answer: SyncRun, body: encode(report), signal })
  }

  #call<S extends z.ZodType>(call: Call<S>): Promise<z.output<S>> {
    const { retries, onRetry } = this.#options
    return retrying(retries, () => this.#attempt(call), { signal: call.signal, onRetry })
  }

  async #attempt<S extends z.ZodType>({ method, path, answer, body, signal }: Call<S>): Promise<z.output<S>> {
    const { url: base, token, timeoutMs, userAgent } = this.#options
    const url = base.replace(/\/+$/, '') + path
    const timeLimit = limitTime(timeoutMs, signal)
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method,
        redirect: 'error',
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          'user-agent': userAgent,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        signal: timeLimit.signal,
      })
      text = await response.text()
    } catch (error) {
      signal?.throwIfAborted()
      throw new ApiUnreachableError(method, url, error)
    } finally {
      timeLimit.clear()
    }
    if (!response.ok) throw new ApiResponseError(method, url, response.status, errorBody(text), retryAfter(response))
    try {
      return answer.parse(JSON.parse(text))
    } catch (error) {
      throw new MalformedResponseError(method, url, error)
    }
  }
}

const encode = (body: unknown) =>
  JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))

/** Undefined when the answer is not the API's own, such as a proxy's page. */
function errorBody(text: string): ErrorBody | undefined {
  try {
    return ErrorBody.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Seconds; the date form of the header is not used by the API. */
function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined
}

function joined(left: PatchMembersResponse, right: PatchMembersResponse): PatchMembersResponse {
  const counts = {
    applied: left.counts.applied + right.counts.applied,
    unchanged: left.counts.unchanged + right.counts.unchanged,
    stale: left.counts.stale + right.counts.stale,
    failed: left.counts.failed + right.counts.failed,
  }
  return { counts, results: [...left.results, ...right.results] }
}
