import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { endingAfter } from '../src/ending.js'
import { hangingApi } from './fixtures/hanging-api.js'
import { Stack } from './fixtures/stack.js'

/** What is left of a container's thirty seconds is for a machine that is busy. */
const MAX_ENDING_MS = 25_000

const PROGRESS = /^PATCH .*\/sync-runs\//
const stack = await Stack.start(t, { members: 2_500 })

/** A run that is told to stop while the API leaves its progress without an answer, and whatever else `hangs` says. */
async function stoppedRun(t: Test, hangs: (request: string, hasHung: boolean) => boolean) {
  let reports = 0
  let onProgress = () => {}
  const progress = new Promise<void>((resolve) => {
    onProgress = resolve
  })
  const url = await hangingApi(t, stack.apiUrl, (request) => {
    if (PROGRESS.test(request)) {
      reports += 1
      onProgress()
    }
    return (PROGRESS.test(request) && reports === 1) || hangs(request, reports > 0)
  })
  // So slow that progress is reported before the end.
  await stack.rotateRoles()
  await stack.fault({ fault: 'slow_body', ms: 2_500, route: 'GET /guilds/:guild_id/members', times: 2 })
  t.teardown(() => stack.clearFaults())
  const run = stack.syncer(['--now'], { API_URL: url, WEBHOOK_URL: `${url}/webhook`, CHUNK_SIZE: '100' })
  await Promise.race([progress, run.finished])
  const stoppedAtMs = performance.now()
  run.child.kill('SIGTERM')
  const { code, lines } = await run.finished
  return { code, lines, ms: performance.now() - stoppedAtMs }
}

t.test('the end of a run is reported although its progress never was', async (t) => {
  const { code, ms } = await stoppedRun(t, (request) => request.endsWith('/webhook'))
  t.equal(code, 1)
  t.match(await stack.lastRun(), { state: 'failed', error: 'stopped by SIGTERM' })
  t.ok(ms < 15_000, `${ms} ms`)
})

t.test('a syncer ends in time although the API takes everything in and never answers', async (t) => {
  const { code, lines, ms } = await stoppedRun(t, (request, hasHung) => hasHung || request.endsWith('/webhook'))
  t.equal(code, 1)
  t.ok(ms < MAX_ENDING_MS, `${ms} ms`)
  t.match(JSON.stringify(lines), /the end of the run could not be reported/)
})

t.test('nothing is hurried as long as nobody stops it; once it is over, the stop is let go of', async (t) => {
  const stop = new AbortController()
  const ending = endingAfter(stop.signal, { endingMs: 20, lastWordMs: 10 })
  await ending.waitFor(sleep(60))
  t.notOk(ending.lastWord.aborted)
  ending.clear()
  stop.abort()
  await sleep(60)
  t.notOk(ending.lastWord.aborted)
})

t.test('after the stop the last word has its time, and then all else what is left', async (t) => {
  const stop = new AbortController()
  const ending = endingAfter(stop.signal, { endingMs: 60, lastWordMs: 20 })
  stop.abort()
  const startedAtMs = performance.now()
  await ending.waitFor(new Promise(() => {}))
  t.ok(ending.lastWord.aborted)
  const ms = performance.now() - startedAtMs
  t.ok(ms > 50 && ms < 10_000, `${ms} ms`)
  await ending.waitFor(new Promise(() => {}))
  ending.clear()
})
