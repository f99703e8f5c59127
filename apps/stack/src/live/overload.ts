import { setTimeout as sleep } from 'node:timers/promises'
import { query, withClient } from '../rig/query.js'
import type { Random } from '../rig/random.js'
import { counted, type StrikeAt } from '../rig/wire-faults.js'
import type { LiveSystem } from './live-system.js'

type Strike = StrikeAt<{ readonly system: LiveSystem }>

/** While members cannot be written, but everything else can, so that resume points are stored and events wait. */
export function stallMembers<T>(system: LiveSystem, ms: number, then: () => Promise<T>): Promise<T> {
  return withClient(system.databaseUrl, async (client) => {
    await client.query('begin')
    await client.query('lock table member in access exclusive mode')
    await sleep(ms)
    const result = await then()
    await client.query('rollback')
    return result
  })
}

/** Many edits a second, by the simulator itself. @returns how many of them are due */
async function rage(
  system: LiveSystem,
  plan: { events_per_second: number; seconds: number; seed: number },
  at: number,
) {
  const guild_id = system.guildIds[Math.floor(at * (system.guildIds.length - 1))]
  await system.gateway.ask('POST', '/gateway/storms', { ...plan, guild_id, kind: 'mixed' })
  await sleep(plan.seconds * 1_000 + 100)
  return plan.events_per_second * plan.seconds
}

export function storm(random: Random): Strike {
  const plan = { events_per_second: 500, seconds: random.integer(1, 2), seed: random.integer(1, 1_000_000) }
  const at = random.share()
  return counted(({ system }) => rage(system, plan, at))
}

const OVERFLOWED = "select count(*)::int as guilds from guild_sync where dirty_reason = 'overflow'"

/** More events than the queue holds, while none can be stored. Hits the guilds that are then known to have lost some. */
export function overflow(): Strike {
  return counted(({ system }) =>
    system.afterRepairs(() =>
      stallMembers(system, 100, async () => {
        await rage(system, { events_per_second: 1_500, seconds: 1.5, seed: 1 }, 0)
        const [row] = await query<{ guilds: number }>(system.databaseUrl, OVERFLOWED)
        return row?.guilds ?? 0
      }),
    ),
  )
}
