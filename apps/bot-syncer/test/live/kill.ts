import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import { becomesEqual, gatewayCounts, lockMembers, within } from '../fixtures/live.js'
import { planted } from '../fixtures/plant.js'
import { Stack } from '../fixtures/stack.js'

const SOON_MS = 1_500

/**
 * Kills a syncer that has received events and could not store them, lets more happen, and starts another.
 *
 * @returns whether the mirror became equal without a new session and without a reconcile
 */
async function survivesKill(t: Test, stack: Stack, bundle?: string): Promise<boolean> {
  const { guildPath } = stack
  const facts = async () => [
    (await gatewayCounts(stack)).identifies,
    (await stack.query('select from sync_run')).length,
  ]
  const live = stack.live(t, {}, bundle)
  await live.waitForLine(/shard ready: resumed/)
  const before = await facts()
  // Events come in and cannot be stored, while heartbeats are.
  const lock = await lockMembers(t, stack)
  await stack.control('POST', `${guildPath}/members`, { count: 20 })
  // What was sent before may be stored after all; what comes later waits for it, and dies with the process.
  await sleep(1_000)
  await stack.control('POST', `${guildPath}/members`, { count: 20 })
  await sleep(2_500)
  live.child.kill('SIGKILL')
  await live.finished
  await lock.release()
  await stack.control('POST', `${guildPath}/members`, { count: 5 })

  const next = stack.live(t)
  await next.waitForLine(/shard ready: resumed/)
  const isEqual = async () => isDeepStrictEqual(await stack.mirror(), await stack.guild())
  const afterMs = await within(SOON_MS, isEqual)
  const isAlone = isDeepStrictEqual(await facts(), before)
  next.child.kill('SIGTERM')
  await next.finished
  return afterMs !== undefined && isAlone
}

t.test('killed with events that are not stored, it resumes below them', async (t) => {
  const stack = await Stack.start(t, { members: 50 })
  const first = stack.live(t)
  await first.waitForLine(/run done/)
  await becomesEqual(t, stack, 'the first reconcile', SOON_MS)
  first.child.kill('SIGTERM')
  await first.finished

  t.equal(await survivesKill(t, stack), true, 'nothing is lost')
  const early = await planted(t, 'this.#first?.sequenceBefore ?? this.#received', 'this.#received')
  t.equal(await survivesKill(t, stack, early), false, 'an early acknowledgement is caught')
})
