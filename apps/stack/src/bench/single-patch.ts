import { encodePatch, stampOf } from '@rollcall/contract'
import { percentile } from './measurement.js'
import { requireEqual, type Stage } from './stage.js'

const PATCHES = 200
const WARM_UP = 50

/** One member's name at a time, on disk when it is answered. The mirror differs from the guild afterwards. */
export async function measureSinglePatch({ client, guildId, memberIds, floor }: Stage) {
  const ids = Array.from({ length: WARM_UP + PATCHES }, (_, at) => memberIds[(at * 7_919) % memberIds.length] ?? '')
  const onFloor = await floor.patchOnes(ids)
  const took: number[] = []
  for (const [number, id] of ids.entries()) {
    const chunk = [encodePatch({ id: BigInt(id), display_name: `number ${number}` })]
    const startedMs = performance.now()
    const { counts } = await client.patchMembers(guildId, chunk, { observedAt: stampOf(Date.now()) })
    took.push(performance.now() - startedMs)
    requireEqual('Applied', counts.applied, 1)
  }
  return {
    floor_single_patch_p50: percentile(onFloor.slice(WARM_UP), 50),
    single_patch_p50: percentile(took.slice(WARM_UP), 50),
    single_patch_p99: percentile(took.slice(WARM_UP), 99),
  }
}
