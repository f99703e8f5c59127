import { setTimeout as sleep } from 'node:timers/promises'
import type { APIGatewayBotInfo } from 'discord-api-types/v10'
import type { BackOff } from '../core/back-off.js'
import type { GatewayShardOptions } from './gateway-shard-options.js'

/**
 * Where a shard may connect to; asks until Discord says so.
 *
 * @throws only the signal's reason
 */
export async function findGateway(
  { id, information, monotonicMs, log }: Pick<GatewayShardOptions, 'id' | 'information' | 'monotonicMs' | 'log'>,
  backOff: BackOff,
  signal: AbortSignal,
): Promise<APIGatewayBotInfo> {
  while (true) {
    try {
      const known = await information.get()
      signal.throwIfAborted()
      return known
    } catch (error) {
      signal.throwIfAborted()
      log.warn({ shard: id, err: error }, 'Discord does not say where its gateway is, trying again')
      backOff.closed(monotonicMs())
      await sleep(backOff.delayMs(), undefined, { signal })
    }
  }
}
