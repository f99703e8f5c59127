import type { Snowflake } from '@rollcall/contract'
import type { Logger } from 'pino'
import type { DiscordClient } from '../discord/client.js'
import { explain } from '../report/explain.js'
import { pause } from './leases.js'

/** Long enough that a refused token is no flood of refused requests. */
const RETRY_MS = 60_000

/**
 * Who the bot is: its shards and its budget are kept under its id. Waits where Discord cannot say: a process that ended
 * would be restarted, and ask as often.
 *
 * @returns undefined when it was told to stop
 */
export async function identifyBot(
  { discordOf, log }: { readonly discordOf: (guildId: string) => DiscordClient; readonly log: Logger },
  stop: AbortSignal,
): Promise<Snowflake | undefined> {
  while (!stop.aborted) {
    try {
      return BigInt((await discordOf('0').getBot(stop)).id)
    } catch (error) {
      if (!stop.aborted) log.error({ err: error }, explain(error))
      await pause(RETRY_MS, stop)
    }
  }
  return undefined
}
