import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { limitTime } from '../../src/client/time-limit.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What `work` is rejected with when nobody holds anything of its time limit but the signal's listener. */
function reasonHeardAfterCollection(limit: () => AbortSignal): Promise<unknown> {
  const heard = new Promise((resolve) => {
    const signal = limit()
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })
  return Promise.race([
    heard,
    sleep(20)
      .then(collectGarbage)
      .then(() => sleep(2_000, 'nothing was heard')),
  ])
}

t.test('aborts in time although memory was collected meanwhile', async (t) => {
  const caller = new AbortController()
  t.match(await reasonHeardAfterCollection(() => limitTime(100, caller.signal).signal), { name: 'TimeoutError' })
  t.match(await reasonHeardAfterCollection(() => limitTime(100).signal), { name: 'TimeoutError' })
})

t.test('aborts for the reason of the caller who is earlier', async (t) => {
  const caller = new AbortController()
  const { signal, clear } = limitTime(10_000, caller.signal)
  t.teardown(clear)
  caller.abort(new Error('stopped'))
  t.match(signal.reason, { message: 'stopped' })
})

t.test('does not abort once the work is over', async (t) => {
  const { signal, clear } = limitTime(20)
  clear()
  await sleep(60)
  t.notOk(signal.aborted)
})

t.test('leaves nothing with the signal of a caller who stays', async (t) => {
  const caller = new AbortController()
  const limits = Array.from({ length: 3 }, () => limitTime(10_000, caller.signal))
  t.equal(getEventListeners(caller.signal, 'abort').length, 3)
  for (const { clear } of limits) clear()
  t.equal(getEventListeners(caller.signal, 'abort').length, 0)
  caller.abort()
  t.notOk(limits[0]?.signal.aborted)
})

t.test('is over at once for a caller who has stopped already', async (t) => {
  const { signal, clear } = limitTime(10_000, AbortSignal.abort(new Error('stopped')))
  t.teardown(clear)
  t.match(signal.reason, { message: 'stopped' })
})
