import type { LiveClient, Snowflake } from '@rollcall/contract'
import type { Logger } from 'pino'
import type { RunVerdict } from '../run.js'
import { pause } from './leases.js'

/** How often the API is asked for due guilds when there was none. */
const IDLE_MS = 2_000

export interface ReconcilesOptions {
  readonly client: Pick<LiveClient, 'claimReconciles'>
  readonly shardCount: number
  /** Those whose events flow: of another shard the guilds would be read in vain. */
  readonly readyShards: () => readonly number[]
  /** Null: only guilds that may lack something. */
  readonly intervalSeconds: number | null
  readonly isFollowed: (guildId: string) => boolean
  readonly run: (guildId: Snowflake) => Promise<RunVerdict>
  readonly log: Logger
}

/** Reconciles one due guild after the other: dirty ones first, as the API gives them out. */
export async function reconcileDueGuilds(options: ReconcilesOptions, signal: AbortSignal): Promise<void> {
  const { client, shardCount, readyShards, intervalSeconds, isFollowed, run, log } = options
  while (!signal.aborted) {
    const guild = await claim().catch((error) => {
      if (!signal.aborted) log.warn({ err: error }, 'due guilds not asked for, trying again')
      return undefined
    })
    if (guild === undefined) await pause(IDLE_MS, signal)
    else if (isFollowed(`${guild.guild_id}`)) await run(guild.guild_id)
  }

  async function claim() {
    const shardIds = [...readyShards()]
    if (shardIds.length === 0) return undefined
    const request = { shard_count: shardCount, shard_ids: shardIds, limit: 1, interval_seconds: intervalSeconds }
    const { guilds } = await client.claimReconciles(request, signal)
    return guilds[0]
  }
}
