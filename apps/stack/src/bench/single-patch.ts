import { encodePatch, stampOf } from '@rollcall/contract'
import { percentile } from './measurement.js'
import { requireEqual, type Stage } from './stage.js'

const PATCHES = 200
const WARM_UP = 50

/** One member's roles at a time, on disk when it is answered. The mirror differs from the guild afterwards. */
export async function measureSinglePatch(stage: Stage) {
  const { client, guildId, memberIds } = stage
  const took: number[] = []
  for (let number = 0; number < WARM_UP + PATCHES; number++) {
    const id = BigInt(memberIds[(number * 7_919) % memberIds.length] ?? '')
    const chunk = [encodePatch({ id, display_name: `number ${number}` })]
    const startedMs = performance.now()
    const { counts } = await client.patchMembers(guildId, chunk, { observedAt: stampOf(Date.now()) })
    if (number >= WARM_UP) took.push(performance.now() - startedMs)
    requireEqual('Applied', counts.applied, 1)
  }
  return { single_patch_p50: percentile(took, 50), single_patch_p99: percentile(took, 99) }
}
