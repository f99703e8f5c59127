import { z } from 'zod'
import type { Guild } from '../guild/guild.js'
import type { Simulator } from '../simulator.js'

/** The path names something that is not there. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
}

/** @throws {@link NotFoundError} */
export function guildOf(simulator: Simulator, params: unknown): Guild {
  const { guild_id } = z.object({ guild_id: z.string() }).parse(params)
  const guild = simulator.guildOf(guild_id)
  if (guild === undefined) throw new NotFoundError(`No guild ${guild_id}`)
  return guild
}
