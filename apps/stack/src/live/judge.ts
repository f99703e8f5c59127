import { compareMirror } from '../mirror/compare-mirror.js'
import { query } from '../rig/query.js'
import type { LiveSystem } from './live-system.js'
import { dirtyGuilds } from './quiet.js'

/** What must not grow where every session could be resumed. */
export interface Ledger {
  readonly identifies: number
  readonly runs: number
}

export async function readLedger({ databaseUrl, gateway }: LiveSystem): Promise<Ledger> {
  const [row] = await query<{ runs: number }>(databaseUrl, 'select count(*)::int as runs from sync_run')
  return { identifies: (await gateway.counts()).identifies, runs: row?.runs ?? 0 }
}

/** What must be true once all is quiet: every mirror is its guild, and says so. @returns what is not, in sentences */
export async function judgeMirrors(system: LiveSystem): Promise<string[]> {
  const {
    databaseUrl,
    simulator: { controlUrl },
    guildIds,
  } = system
  // Nothing was waited for any more.
  if (system.deaths.length > 0) return system.deaths
  const violations = await dirtyGuilds(system)
  for (const guildId of guildIds) {
    const { differences, told } = await compareMirror({ databaseUrl, controlUrl, guildId })
    if (differences > 0) violations.push(`guild ${guildId} has ${differences} differences: ${told.join('; ')}`)
    const { live, presence, lag_ms } = await system.client.getSyncState(BigInt(guildId))
    if (!live) violations.push(`guild ${guildId} is followed, and its state says that it is not`)
    if (presence !== 'present') violations.push(`guild ${guildId} is there, and its state says ${presence}`)
    if (lag_ms === null) violations.push(`guild ${guildId} has changed, and its state tells no lag`)
  }
  return violations
}

/** Where every session can be resumed, nothing else may have helped. */
export async function judgeResumes(system: LiveSystem, before: Ledger): Promise<string[]> {
  const { identifies, runs } = await readLedger(system)
  const violations: string[] = []
  if (identifies !== before.identifies)
    violations.push(`${identifies - before.identifies} sessions were given up that could be resumed`)
  if (runs !== before.runs) violations.push(`${runs - before.runs} reconciles ran although they are switched off`)
  return violations
}
