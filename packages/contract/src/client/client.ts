import { Guild, type PutGuild } from '../guild.js'
import { MAX_PAGE_MEMBERS } from '../limits.js'
import { type Member, MemberPage, PatchMembersResponse } from '../member.js'
import { MembersDigest } from '../members-digest.js'
import { PublishedChunkLimits } from '../published-limits.js'
import { DeleteRoleResponse, type PutRole, PutRoleResponse, type Role, RoleList } from '../role.js'
import { type Snowflake, toSnowflake } from '../snowflake.js'
import type { Stamp } from '../stamp.js'
import { type ReportSyncRun, type StartSyncRun, SyncRun } from '../sync-run.js'
import type { Chunk, ChunkLimits } from './chunk.js'
import { ApiResponseError, MalformedResponseError } from './errors.js'
import { firstPageLimit, nextPageLimit, type WeighedMember } from './page-limit.js'
import { encodeBody, type RollcallClientOptions, Transport } from './transport.js'

export interface MemberFilter {
  readonly role?: Snowflake | undefined
  readonly name_prefix?: string | undefined
  readonly in_guild?: boolean | undefined
}

export interface MemberListOptions {
  readonly filter?: MemberFilter
  readonly after?: Snowflake | undefined
  readonly like?: readonly WeighedMember[]
  readonly limit?: number
  readonly signal?: AbortSignal
}

/**
 * The native API for a program: typed answers, typed errors, and one table of what is worth trying again. Every call is
 * safe to repeat, because stamps make every write idempotent.
 */
export class RollcallClient {
  readonly #transport: Transport

  constructor(options: RollcallClientOptions) {
    this.#transport = new Transport(options)
  }

  getGuild(guildId: Snowflake, signal?: AbortSignal): Promise<Guild> {
    return this.#transport.call({ method: 'GET', path: `/guilds/${guildId}`, answer: Guild, signal })
  }

  putGuild(guildId: Snowflake, guild: PutGuild, signal?: AbortSignal): Promise<Guild> {
    return this.#transport.call({
      method: 'PUT',
      path: `/guilds/${guildId}`,
      answer: Guild,
      body: encodeBody(guild),
      signal,
    })
  }

  async listRoles(guildId: Snowflake, signal?: AbortSignal): Promise<Role[]> {
    const { roles } = await this.#transport.call({
      method: 'GET',
      path: `/guilds/${guildId}/roles`,
      answer: RoleList,
      signal,
    })
    return roles
  }

  putRole(guildId: Snowflake, roleId: Snowflake, role: PutRole, signal?: AbortSignal): Promise<PutRoleResponse> {
    const path = `/guilds/${guildId}/roles/${roleId}`
    return this.#transport.call({ method: 'PUT', path, answer: PutRoleResponse, body: encodeBody(role), signal })
  }

  /** What the API takes of a chunk at this moment: less than the contract's where its process has little room. */
  async getChunkLimits(signal?: AbortSignal): Promise<ChunkLimits> {
    const answer = PublishedChunkLimits
    const limits = await this.#transport.call({ method: 'GET', path: '/limits', answer, signal })
    return { maxItems: limits.max_members_per_request.max, maxBytes: limits.max_bulk_body_bytes.max }
  }

  /** One operation, however many members have the role. */
  deleteRole(guildId: Snowflake, roleId: Snowflake, signal?: AbortSignal): Promise<DeleteRoleResponse> {
    const path = `/guilds/${guildId}/roles/${roleId}`
    return this.#transport.call({ method: 'DELETE', path, answer: DeleteRoleResponse, signal })
  }

  /**
   * Pages of members, ascending by id, each fetched when the one before has been taken: memory does not grow with the
   * guild, and a slow reader slows the reading. Members with very many roles come in smaller pages.
   *
   * @param options.after - whose id is not above it is left out
   * @param options.like - neighbours of the first page: how many, and how heavy, it will be
   * @param options.limit - at most so many in one page
   */
  async *listMemberPages(
    guildId: Snowflake,
    { filter = {}, after: start, like = [], limit = MAX_PAGE_MEMBERS, signal }: MemberListOptions = {},
  ): AsyncGenerator<Member[]> {
    let after = start
    let pageLimit = firstPageLimit(like, limit)
    do {
      const query = new URLSearchParams({ limit: `${pageLimit}` })
      if (after !== undefined) query.set('after', `${after}`)
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, `${value}`)
      const path = `/guilds/${guildId}/members?${query}`
      const page: MemberPage = await this.#transport.call({ method: 'GET', path, answer: MemberPage, signal })
      yield page.members
      const next = page.next_after === null ? undefined : toSnowflake(page.next_after)
      if (next !== undefined && after !== undefined && next <= after) {
        throw new MalformedResponseError('GET', path, new Error(`next_after ${next} does not come after ${after}`))
      }
      after = next
      pageLimit = nextPageLimit(page.members, limit)
    } while (after !== undefined)
  }

  /** Of the present members with ids above `after` and up to `through`; see {@link digestMembers}. */
  digestMembers(
    guildId: Snowflake,
    { after, through, signal }: { after?: Snowflake | undefined; through: Snowflake; signal?: AbortSignal },
  ): Promise<MembersDigest> {
    const query = new URLSearchParams({ ...(after === undefined ? {} : { after: `${after}` }), through: `${through}` })
    const path = `/guilds/${guildId}/members/digest?${query}`
    return this.#transport.call({ method: 'GET', path, answer: MembersDigest, signal })
  }

  /** Members one by one; see {@link listMemberPages}. */
  async *listMembers(guildId: Snowflake, options: MemberListOptions = {}): AsyncGenerator<Member> {
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
      return await this.#transport.call({ method: 'PATCH', path, answer: PatchMembersResponse, body, signal })
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
    return this.#transport.call({ method: 'POST', path, answer: SyncRun, body: encodeBody(start), signal })
  }

  /** @throws {@link ApiResponseError} 409 `sync_run_ended` when another run has taken over */
  reportSyncRun(guildId: Snowflake, runId: bigint, report: ReportSyncRun, signal?: AbortSignal): Promise<SyncRun> {
    const path = `/guilds/${guildId}/sync-runs/${runId}`
    return this.#transport.call({ method: 'PATCH', path, answer: SyncRun, body: encodeBody(report), signal })
  }
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
