import type { Stamp } from '@rollcall/contract'
import type { DiscordClient } from '../discord/client.js'
import { isUnknownGuild } from '../discord/explain.js'
import type { SharedClock } from './core/shared-clock.js'

/**
 * The bot may have been removed while nobody listened: no event tells it afterwards, but Discord then knows no such guild,
 * which is not reconciled again until the bot is back.
 *
 * @param onGone - given the stamp of the asking: a guild that comes in while Discord answers is newer
 */
export function noticingRemoval(
  discord: DiscordClient,
  clock: Pick<SharedClock, 'stamp'>,
  onGone: (askedAt: Stamp) => void,
): DiscordClient {
  const getGuild = discord.getGuild.bind(discord)
  discord.getGuild = async (signal) => {
    const askedAt = clock.stamp()
    try {
      return await getGuild(signal)
    } catch (error) {
      if (isUnknownGuild(error)) onGone(askedAt)
      throw error
    }
  }
  return discord
}
