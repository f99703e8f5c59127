import * as z from 'zod'
import { PatchGuildMembersResponse } from '../live/guild-members.js'
import { type PutGuildsRequest, PutGuildsResponse } from '../live/guild-snapshot.js'
import { type ReserveIdentifyRequest, ReserveIdentifyResponse } from '../live/identify.js'
import { ClaimNoticeResponse, type ReportNoticeRequest } from '../live/notice.js'
import { type ClaimReconcilesRequest, ClaimReconcilesResponse } from '../live/reconcile-claim.js'
import {
  type ClaimShardsRequest,
  ClaimShardsResponse,
  type ReleaseShardsRequest,
  ReleaseShardsResponse,
  type ShardHeartbeatRequest,
  ShardHeartbeatResponse,
} from '../live/shard.js'
import { type MarkSyncStatesRequest, SyncState } from '../live/sync-state.js'
import type { Snowflake } from '../snowflake.js'
import { encodeBody, type RollcallClientOptions, Transport } from './transport.js'

const Nothing = z.object({})

/**
 * The part of the native API that follows guilds live. Every call may be repeated, except `claimNotice` and
 * `reserveIdentify`: what was given to a caller that did not hear of it is lost, which is the safe side.
 */
export class LiveClient {
  readonly #transport: Transport

  constructor(options: RollcallClientOptions) {
    this.#transport = new Transport(options)
  }

  /** @param items - the JSON of at most 1,000 patches, each with its `guild_id` */
  patchGuildMembers(items: readonly string[], signal?: AbortSignal): Promise<PatchGuildMembersResponse> {
    const body = `{"members":[${items.join(',')}]}`
    return this.#transport.call({ method: 'PATCH', path: '/members', answer: PatchGuildMembersResponse, body, signal })
  }

  putGuilds(request: PutGuildsRequest, signal?: AbortSignal): Promise<PutGuildsResponse> {
    return this.#send('PUT', '/guilds', PutGuildsResponse, request, signal)
  }

  async markSyncStates(request: MarkSyncStatesRequest, signal?: AbortSignal): Promise<void> {
    await this.#send('PATCH', '/guilds/sync-states', Nothing, request, signal)
  }

  getSyncState(guildId: Snowflake, signal?: AbortSignal): Promise<SyncState> {
    return this.#transport.call({ method: 'GET', path: `/guilds/${guildId}/sync-state`, answer: SyncState, signal })
  }

  claimReconciles(request: ClaimReconcilesRequest, signal?: AbortSignal): Promise<ClaimReconcilesResponse> {
    return this.#send('POST', '/sync-runs/claims', ClaimReconcilesResponse, request, signal)
  }

  claimShards(botId: Snowflake, request: ClaimShardsRequest, signal?: AbortSignal): Promise<ClaimShardsResponse> {
    return this.#send('POST', `/gateway/${botId}/shards/claims`, ClaimShardsResponse, request, signal)
  }

  reportShards(
    botId: Snowflake,
    request: ShardHeartbeatRequest,
    signal?: AbortSignal,
  ): Promise<z.output<typeof ShardHeartbeatResponse>> {
    return this.#send('POST', `/gateway/${botId}/shards/heartbeats`, ShardHeartbeatResponse, request, signal)
  }

  async releaseShards(botId: Snowflake, request: ReleaseShardsRequest, signal?: AbortSignal): Promise<number[]> {
    const path = `/gateway/${botId}/shards/releases`
    return (await this.#send('POST', path, ReleaseShardsResponse, request, signal)).released
  }

  reserveIdentify(
    botId: Snowflake,
    request: ReserveIdentifyRequest,
    signal?: AbortSignal,
  ): Promise<ReserveIdentifyResponse> {
    return this.#send('POST', `/gateway/${botId}/identifies`, ReserveIdentifyResponse, request, signal)
  }

  claimNotice(signal?: AbortSignal): Promise<ClaimNoticeResponse> {
    return this.#send('POST', '/notices/claims', ClaimNoticeResponse, {}, signal)
  }

  async reportNotice(noticeId: bigint, report: ReportNoticeRequest, signal?: AbortSignal): Promise<void> {
    await this.#send('PATCH', `/notices/${noticeId}`, Nothing, report, signal)
  }

  #send<S extends z.ZodType>(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    answer: S,
    request: unknown,
    signal: AbortSignal | undefined,
  ): Promise<z.output<S>> {
    return this.#transport.call({ method, path, answer, body: encodeBody(request), signal })
  }
}
