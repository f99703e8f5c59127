import { setTimeout as delay } from 'node:timers/promises'
import { payloadsOf } from './changed-rows.js'
import { percentile } from './measurement.js'
import { Reader } from './reader.js'
import { CHANGED_SHARE } from './role-change.js'
import { requireEqual, type Stage } from './stage.js'

/** Long enough for a 99th percentile of a large guild, and no longer than the work that it is compared with. */
const idleMs = (members: number) => Math.min(5_000, Math.max(500, members / 20))

/**
 * How long reads take while nothing else happens, and while a reconcile gives most members a role more.
 *
 * @param roleId - of the role
 */
export async function measureReads(stage: Stage, roleId: string) {
  const { readerToken: token, guildId, memberIds: ids } = stage
  const reader = new Reader({ url: stage.api.url, token, guildId, ids })
  const idle = await reader.during(delay(idleMs(ids.length)))
  await stage.guild.addRole(roleId, CHANGED_SHARE)
  const pages = await stage.changedRows()
  const changes = await stage.floor.change(payloadsOf(pages, ['id', 'roles']))
  if (changes === 0) throw new Error('Everybody had the role already')
  const reconcile = stage.reconcile()
  const beside = await reader.during(reconcile)
  requireEqual('The reconcile patched', (await reconcile).run.patched, changes)
  return {
    read_idle_p50: percentile(idle, 50),
    read_idle_p99: percentile(idle, 99),
    read_beside_p50: percentile(beside, 50),
    read_beside_p99: percentile(beside, 99),
    reads_beside: beside.length,
  }
}
