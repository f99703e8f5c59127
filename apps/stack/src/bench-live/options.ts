/** How large everything is. */
export interface LiveBenchOptions {
  readonly shards: number
  readonly guilds: number
  readonly concurrency: number
  readonly processes: number
  /** Member events a second. */
  readonly rate: number
  /** Of the storm that is measured. */
  readonly seconds: number
  /** Small ones that the storm goes over. */
  readonly stormGuilds: number
}

/** Between two identifies of one key. @see https://discord.com/developers/docs/events/gateway#rate-limiting */
const IDENTIFY_INTERVAL_SECONDS = 5

/** The first identify of every key goes at once, the others wait for one another. */
export const pacedSeconds = ({ shards, concurrency }: Pick<LiveBenchOptions, 'shards' | 'concurrency'>): number =>
  (Math.ceil(shards / concurrency) - 1) * IDENTIFY_INTERVAL_SECONDS
