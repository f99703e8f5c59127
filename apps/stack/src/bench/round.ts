import type { Running } from '../processes/running.js'
import { measureBulkRoute } from './bulk-route.js'
import { measureCreation } from './creation.js'
import { measureListing } from './listing.js'
import { measureNoOp } from './no-op.js'
import { measureReads } from './reads.js'
import { measureRoleChange } from './role-change.js'
import { measureRoleDeletion } from './role-deletion.js'
import { measureSinglePatch } from './single-patch.js'
import { Stage } from './stage.js'

/** Everything that is measured, once, by name; seconds unless the name says otherwise. Undefined where it cannot be known. */
export type Round = Readonly<Record<string, number | undefined>>

export interface RoundOptions {
  readonly members: number
  /** Which of floor and reconcile goes first where the order could matter. */
  readonly floorFirst: boolean
  readonly say: (text: string) => void
}

/** The whole of it, on a stage of its own: each step leaves the mirror equal to the guild, as the next one needs it. */
export async function measureRound(running: Running, { members, floorFirst, say }: RoundOptions): Promise<Round> {
  const stage = await Stage.set(running, members)
  await stage.startApi()
  const round: Record<string, number | undefined> = {}
  const note = async (what: string, measured: () => Promise<Round>) => {
    say(`  ${what} …`)
    Object.assign(round, await measured())
  }
  await note('first creation', () => measureCreation(stage))
  await note('a role change', () => measureRoleChange(stage, { floorFirst }))
  await note('the bulk route alone', () => measureBulkRoute(stage))
  await note('nothing to do', () => measureNoOp(stage))
  await note('listing', () => measureListing(stage))
  const roleId = await stage.rareRole()
  await note('reads beside a reconcile', () => measureReads(stage, roleId))
  await note("a role's deletion", () => measureRoleDeletion(stage, roleId))
  await note('single patches', () => measureSinglePatch(stage))
  await stage.stopApi()
  const { api, syncer } = stage.peaksMiB
  return { ...round, api_peak_mib: api, syncer_peak_mib: syncer, oom_kills: stage.oomKills }
}

/** Creation and one role change of another guild, for its peaks of memory. */
export async function measureLargeGuild(running: Running, { members, say }: Omit<RoundOptions, 'floorFirst'>) {
  const stage = await Stage.set(running, members)
  await stage.startApi()
  say('  first creation …')
  await measureCreation(stage)
  say('  a role change …')
  await measureRoleChange(stage, { floorFirst: true })
  await stage.stopApi()
  const { api, syncer } = stage.peaksMiB
  return {
    large_members: members,
    large_api_peak_mib: api,
    large_syncer_peak_mib: syncer,
    large_oom_kills: stage.oomKills,
  }
}
