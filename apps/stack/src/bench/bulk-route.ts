import { encodePatch, stampOf } from '@rollcall/contract'
import { payloadsOf } from './changed-rows.js'
import { CHANGED_SHARE } from './role-change.js'
import { secondsOf } from './seconds.js'
import { requireEqual, type Stage } from './stage.js'

/** Another such change, sent to the API in chunks by a client that knows beforehand what has changed. */
export async function measureBulkRoute(stage: Stage) {
  const changes = await stage.guild.rotateRoles({ share: CHANGED_SHARE })
  const pages = await stage.changedRows()
  const payloads = payloadsOf(pages, ['id', 'roles'])
  const floor_bulk = await secondsOf(async () => {
    requireEqual('The floor changed', await stage.floor.change(payloads), changes)
  })
  const chunks = pages.map((page) =>
    page.map(({ id, roles }) => encodePatch({ id: BigInt(id), roles: roles.map(BigInt) })),
  )
  const bulk = await secondsOf(async () => {
    let applied = 0
    for (const chunk of chunks) {
      const { counts } = await stage.client.patchMembers(stage.guildId, chunk, { observedAt: stampOf(Date.now()) })
      applied += counts.applied
    }
    requireEqual('The API applied', applied, changes)
  })
  return { floor_bulk, bulk }
}
