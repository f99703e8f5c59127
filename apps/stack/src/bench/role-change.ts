import { payloadsOf } from './changed-rows.js'
import { secondsOf } from './seconds.js'
import { requireEqual, type Stage } from './stage.js'

/** Of the members, how many get other roles: 80,000 of 100,000. */
export const CHANGED_SHARE = 0.8

/** A reconcile after a change of most members' roles, beside the same change as plain SQL. */
export async function measureRoleChange(stage: Stage, { floorFirst }: { floorFirst: boolean }) {
  const changes = await stage.guild.rotateRoles({ share: CHANGED_SHARE })
  const payloads = payloadsOf(await stage.changedRows(), ['id', 'roles'])
  await stage.floor.learnRoles(payloads)
  const floor = () =>
    secondsOf(async () => requireEqual('The floor changed', await stage.floor.changeWithChecks(payloads), changes))
  const before = floorFirst ? await floor() : undefined
  const { measurement, run } = await stage.reconcile()
  requireEqual('The reconcile patched', run.patched, changes)
  const floor_change = before ?? (await floor())
  await stage.requireTrue()
  const { api, syncer, postgres, simulator } = measurement.cpuSeconds
  return {
    changes,
    floor_change,
    change: measurement.wallSeconds,
    change_cpu_api: api,
    change_cpu_syncer: syncer,
    change_cpu_postgres: postgres,
    change_cpu_simulator: simulator,
  }
}
