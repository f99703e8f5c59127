import { payloadsOf } from './changed-rows.js'
import { secondsOf } from './seconds.js'
import { requireEqual, type Stage } from './stage.js'

/** The first reconcile of an empty mirror, with its roles; the floor inserts the members alone. */
export async function measureCreation(stage: Stage) {
  const pages = await stage.changedRows()
  const members = pages.flat().length
  const payloads = payloadsOf(pages, ['id', 'name', 'display_name', 'discriminator', 'roles'])
  const floor_creation = await secondsOf(async () => {
    requireEqual('The floor created', await stage.floor.create(payloads), members)
  })
  const { measurement, run } = await stage.reconcile()
  requireEqual('The reconcile created', run.created, members)
  return { members, floor_creation, creation: measurement.wallSeconds }
}
