import t from 'tap'
import { Running } from '../../src/processes/running.js'

t.test(
  'what was started last is stopped first, each once, and a fault stops no other from being stopped',
  async (t) => {
    const stopped: string[] = []
    const named = (name: string, fault?: Error) => ({
      stop: async () => {
        stopped.push(name)
        if (fault) throw fault
      },
    })
    const running = new Running()
    await running.add(named('database'))
    await running.add(named('api', new Error('stuck')))
    await running.add(Promise.resolve(named('syncer')))
    await t.rejects(running.stop(), { errors: [{ message: 'stuck' }] })
    await t.rejects(running.stop())
    t.strictSame(stopped, ['syncer', 'api', 'database'])
  },
)

t.test('what comes up while all is being stopped is stopped at once', async (t) => {
  const running = new Running()
  await running.stop()
  let isStopped = false
  const late = {
    stop: async () => {
      isStopped = true
    },
  }
  await t.rejects(running.add(late), { message: 'Stopped while starting' })
  t.ok(isStopped)
})
