import { describeEnding } from '../processes/program.js'
import { SYNCER_EXIT } from '../processes/syncer.js'
import { Random } from '../rig/random.js'
import { attempt } from './attempt.js'
import { editGuild } from './edit-guild.js'
import type { System } from './system.js'

/**
 * The first reconcile, and one of a day's changes, without faults.
 *
 * @returns what the second carried between syncer and API, which is about what those to come will carry
 * @throws when not all is as it must be
 */
export async function fillMirror(system: System): Promise<number> {
  await reconcileCalmly(system)
  await system.steps.take('edit the guild', () => editGuild(system.guild, new Random(0)))
  return reconcileCalmly(system)
}

async function reconcileCalmly(system: System): Promise<number> {
  const { syncer, ending, carriedBytes, violations } = await attempt(system)
  if (ending.code !== SYNCER_EXIT.done) throw new Error(describeEnding(syncer, ending))
  if (violations.length > 0) throw new Error(`Without any fault: ${violations.join('; ')}`)
  return carriedBytes
}
