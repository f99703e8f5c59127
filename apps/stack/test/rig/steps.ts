import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { OverdueError, Steps } from '../../src/rig/steps.js'

const never = () => new Promise<never>(() => {})

t.test('hands on what the work gives or throws', async (t) => {
  const steps = new Steps()
  t.equal(await steps.take('count', async () => 3), 3)
  await t.rejects(
    steps.take('fail', () => Promise.reject(new Error('broken'))),
    { message: 'broken' },
  )
  t.strictSame(steps.open, [])
})

t.test('tells at which step it hangs, outermost first', async (t) => {
  const steps = new Steps()
  const work = () => steps.take('inner', never, 20)
  const error = await steps.take('outer', work, 10_000).then(
    () => undefined,
    (error: unknown) => error,
  )
  t.match(error, { name: 'OverdueError', step: 'inner', limitMs: 20, open: [/^outer \(/, /^inner \(/] })
  t.ok(error instanceof OverdueError)
  t.strictSame(steps.open, [])
})

t.test('ignores what becomes of the work later', async (t) => {
  const steps = new Steps()
  const late = () => sleep(40).then(() => Promise.reject(new Error('too late to matter')))
  await t.rejects(steps.take('late', late, 10), OverdueError)
  await sleep(60)
})
