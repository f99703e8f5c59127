import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { becomesEqual, gatewayCounts, lockMembers, syncState, within } from '../fixtures/live.js'
import { saidBy } from '../fixtures/processes.js'
import { Stack } from '../fixtures/stack.js'

/** How long a change may take to be in the mirror. */
const SOON_MS = 1_000

/** Of a new session and its reconcile, after pauses that grow. */
const FAULT_MS = 40_000

t.test('a guild is followed live', async (t) => {
  const stack = await Stack.start(t, { members: 200 })
  const { guildPath } = stack
  const memberPath = async () => `${guildPath}/members/${(await stack.guild())[0]?.id}`

  await t.test('a new session is followed by a reconcile, and every kind of event arrives', async (t) => {
    const live = stack.live(t)
    await live.waitForLine(/run done/)
    await becomesEqual(t, stack, 'the first reconcile', SOON_MS)
    t.match(await syncState(stack), { live: true, presence: 'present', dirty: null, shard: { state: 'ready' } })

    const path = await memberPath()
    const soon = async (what: string, change: Promise<unknown>) => {
      await change
      await becomesEqual(t, stack, what, SOON_MS)
    }
    await soon('a join', stack.control('POST', `${guildPath}/members`, { count: 3 }))
    await soon('a nickname', stack.control('PATCH', path, { nick: 'Anna' }))
    await soon('no nickname', stack.control('PATCH', path, { nick: null }))
    await soon('a leave', stack.control('DELETE', path))
    await soon('a role', stack.control('POST', `${guildPath}/roles`, { name: 'new' }))
    const [role] = await stack
      .control<{ id: string; name: string }[]>('GET', `${guildPath}/roles`)
      .then((roles) => roles.filter((it) => it.name === 'new'))
    await soon('a role given', stack.control('PATCH', await memberPath(), { roles: [role?.id] }))
    await soon('a role renamed', stack.control('PATCH', `${guildPath}/roles/${role?.id}`, { name: 'renamed' }))
    await soon('a role deleted', stack.control('DELETE', `${guildPath}/roles/${role?.id}`))
    await stack.control('PATCH', guildPath, { name: 'Renamed' })
    const isRenamed = async () => (await stack.query("select from guild where name = 'Renamed'")).length === 1
    t.not(await within(SOON_MS, isRenamed), undefined, 'a guild renamed')
    t.equal((await stack.query('select from sync_run')).length, 1, 'nothing of it needed a reconcile')

    live.child.kill('SIGTERM')
    const finished = await live.finished
    t.equal(finished.code, 0)
    t.match(saidBy(finished), /shards given back/)
  })

  await t.test('a guild that was unavailable is reconciled', async (t) => {
    const live = stack.live(t)
    await live.waitForLine(/shard ready: resumed/)
    const runs = (await stack.query('select from sync_run')).length
    await stack.control('POST', '/gateway/outages', { of: 'guild', guild_id: stack.simulator.guild_id, ms: 1_500 })
    const isUnavailable = async () => (await syncState(stack)).presence === 'unavailable'
    t.not(await within(SOON_MS, isUnavailable), undefined, 'an outage is told as one')
    await live.waitForLine(/run done/)
    await becomesEqual(t, stack, 'after the outage', SOON_MS)
    t.equal((await stack.query('select from sync_run')).length, runs + 1)
    t.match(await syncState(stack), { presence: 'present', dirty: null })
  })

  await t.test('a resume that is refused makes the guild dirty, and a reconcile makes it right', async (t) => {
    await stack.control('POST', '/gateway/faults', { fault: 'resume_refused', times: 1 })
    await stack.control('POST', `${guildPath}/members`, { count: 5 })
    const live = stack.live(t)
    await live.waitForLine(/run done/)
    await becomesEqual(t, stack, 'after the reconcile', SOON_MS)
    const finished = live.finished
    live.child.kill('SIGTERM')
    t.match(saidBy(await finished), /shard ready: new session/)
  })

  await t.test('more events than fit are dropped, the guild is dirty, and a reconcile makes it right', async (t) => {
    const live = stack.live(t, { MAX_QUEUED_EVENTS: '1000' })
    await live.waitForLine(/shard ready: resumed/)
    const lock = await lockMembers(t, stack)
    for (let batch = 0; batch < 8; batch += 1) await stack.control('POST', `${guildPath}/members`, { count: 100 })
    const isDirty = async () => ((await syncState(stack)).dirty as { reason: string } | null)?.reason === 'overflow'
    await sleep(1_000)
    await lock.release()
    t.not(await within(5_000, isDirty), undefined, 'the mirror is known to lack something')
    await live.waitForLine(/run done/)
    await becomesEqual(t, stack, 'after the reconcile', SOON_MS)
  })

  await t.test('every way to lose a connection ends in a mirror that is right', async (t) => {
    const live = stack.live(t)
    await live.waitForLine(/shard ready/)
    const faults = [
      { fault: 'tcp_drop' },
      { fault: 'reconnect' },
      { fault: 'invalid_session', resumable: true },
      { fault: 'close', code: 4_009 },
      { fault: 'close', code: 1_000 },
    ]
    for (const fault of faults) {
      await stack.control('POST', '/gateway/faults', fault)
      await stack.control('POST', `${guildPath}/members`, { count: 2 })
      await becomesEqual(t, stack, JSON.stringify(fault), FAULT_MS)
    }
  })

  await t.test('a shard that Discord refuses is stopped, with a sentence, and tried no more', async (t) => {
    await stack.control('POST', '/gateway/faults', { fault: 'resume_refused', times: 1 })
    await stack.control('PATCH', '/app', { members_intent: false })
    t.teardown(() => stack.control('PATCH', '/app', { members_intent: true }))
    const live = stack.live(t)
    const line = await live.waitForLine(/4014/)
    t.match(line.msg, /Server Members Intent in the Developer Portal/)
    const { identifies } = await gatewayCounts(stack)
    const isTold = async () => ((await syncState(stack)).shard as { state: string }).state === 'stopped'
    t.not(await within(3_000, isTold), undefined, 'and everybody is told')
    await sleep(2_000)
    t.equal((await gatewayCounts(stack)).identifies, identifies)
    t.equal(live.child.exitCode, null, 'the process stays: a restart would only ask again')
  })
})
