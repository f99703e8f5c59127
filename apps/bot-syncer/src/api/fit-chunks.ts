import type { ChunkLimits, RollcallClient } from '@rollcall/contract'
import type { Logger } from 'pino'

/**
 * What a chunk may hold: of our own limits and those that the API enforces, which follow from the size of its container,
 * the smaller each. Asked anew at the start of every run, because the API may have been deployed meanwhile.
 */
export async function fitChunks(
  client: Pick<RollcallClient, 'getChunkLimits'>,
  own: ChunkLimits,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<ChunkLimits> {
  const taken = await client.getChunkLimits(signal)
  const fitting = {
    maxItems: Math.min(own.maxItems, taken.maxItems),
    maxBytes: Math.min(own.maxBytes, taken.maxBytes),
  }
  log.info({ ...fitting, api: taken }, 'limits of a chunk')
  return fitting
}
