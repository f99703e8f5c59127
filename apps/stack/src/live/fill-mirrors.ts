import { judgeMirrors } from './judge.js'
import type { LiveSystem } from './live-system.js'
import { untilQuiet } from './quiet.js'

export interface FillOptions {
  /** Of the syncers. */
  readonly ordinals?: readonly number[]
  /** Waits until every shard is where it belongs. */
  readonly settled?: () => Promise<unknown>
}

/**
 * The first sessions, and a reconcile of every guild, without faults; then the syncers start anew with the settings of the
 * scenario, and resume.
 *
 * @throws when not all is as it must be
 */
export async function fillMirrors(
  system: LiveSystem,
  { ordinals = [0], settled = async () => {} }: FillOptions = {},
): Promise<void> {
  const { env } = system
  system.env = { ...env, RECONCILE_CONCURRENCY: '4' }
  for (const ordinal of ordinals) await system.startSyncer(ordinal)
  await settled()
  await untilQuiet(system, { isMending: true })
  for (const ordinal of ordinals) await system.stopSyncer(ordinal)
  system.env = env
  for (const ordinal of ordinals) await system.startSyncer(ordinal)
  await settled()
  await untilQuiet(system, { isMending: true })
  // Of some nothing has been heard yet, so there is no lag to tell.
  const violations = (await judgeMirrors(system)).filter((it) => !it.endsWith('no lag'))
  if (violations.length > 0) throw new Error(`Without any fault: ${violations.join('; ')}`)
}
