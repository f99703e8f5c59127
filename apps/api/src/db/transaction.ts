import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from './pool.js'

/** Postgres undid the whole transaction and says that it may succeed next time: serialization failure, deadlock. */
const UNDONE = new Set(['40001', '40P01'])
const DELAYS_MS = [10, 40, 160, 640]

/** Runs `work` again, from its start, when Postgres has undone it to break a deadlock. */
export async function retryingDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (const delayMs of DELAYS_MS) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && UNDONE.has(String(error.code)))) throw error
      await sleep(delayMs * (0.5 + Math.random()))
    }
  }
  return work()
}

/** All of `work` or nothing of it. A connection on which anything failed is not used again. */
export function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return retryingDeadlocks(async () => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      const result = await work(client)
      await client.query('commit')
      client.release()
      return result
    } catch (error) {
      // Ending the session undoes the transaction in every case, also where a rollback could not be sent.
      const undone = await client.query('rollback').then(
        () => true,
        () => false,
      )
      client.release(!undone)
      throw error
    }
  })
}
