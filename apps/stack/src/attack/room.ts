import { setTimeout as sleep } from 'node:timers/promises'
import { query } from '../rig/query.js'

const PAUSE_MS = 50

/** A chunk comes as arrays; each of them has a connection of its own. */
const AT_WORK = `
select count(*)::int as count from pg_stat_activity
where application_name = 'rollcall-api' and state = 'active' and query like '%unnest(%'`

/** Counts the bulk statements that Postgres has at work at the same time, until told to stop. */
export class BulkStatements {
  most = 0
  #isOver = false
  readonly #work: Promise<void>

  constructor(databaseUrl: string) {
    this.#work = this.#repeat(databaseUrl)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }

  async #repeat(databaseUrl: string): Promise<void> {
    while (!this.#isOver) {
      // A database that does not answer for once is not what is looked for.
      const rows = await query<{ count: number }>(databaseUrl, AT_WORK).catch(() => [])
      this.most = Math.max(this.most, rows[0]?.count ?? 0)
      await sleep(PAUSE_MS)
    }
  }
}

interface Bound {
  readonly name: string
  readonly size: number
}

/** Waits until nobody has a place any more, as it must be once everybody has gone. @returns those that stay taken, told */
export async function placesLeftTaken(managementUrl: string, patienceMs: number): Promise<string[]> {
  const untilMs = performance.now() + patienceMs
  for (;;) {
    const taken = await readTaken(managementUrl).catch(() => [
      { name: 'an unknown number of places', size: Number.NaN },
    ])
    if (taken.length === 0 || performance.now() >= untilMs) return taken.map(({ name, size }) => `${size} of ${name}`)
    await sleep(PAUSE_MS)
  }
}

async function readTaken(managementUrl: string): Promise<Bound[]> {
  const response = await fetch(`${managementUrl}/bounds`, { signal: AbortSignal.timeout(5_000) })
  const { bounds } = (await response.json()) as { readonly bounds: readonly Bound[] }
  return bounds.filter(({ name, size }) => name.endsWith('_requests') && size > 0)
}
