import t from 'tap'
import {
  API_RETRIES,
  ApiResponseError,
  ApiUnreachableError,
  fullJitter,
  type RetryRule,
  retrying,
} from '../../src/index.js'

const answered = (status: number, retryAfterSeconds?: number) =>
  new ApiResponseError('GET', 'http://api', status, undefined, retryAfterSeconds)
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
const ruleFor = (error: unknown) => API_RETRIES.find((rule) => rule.matches(error))
const AT_ONCE: RetryRule[] = [{ of: 'all', matches: () => true, retries: 2, delayMs: () => 0 }]

t.test('what the table has no row for is tried once', async (t) => {
  let calls = 0
  const call = async () => {
    calls += 1
    throw answered(404)
  }
  t.match(await failureOf(retrying(API_RETRIES, call)), { status: 404 })
  t.equal(calls, 1)
  for (const status of [400, 401, 403, 404, 409, 413, 415, 507])
    t.equal(ruleFor(answered(status)), undefined, `${status}`)
})

t.test('transient failures are tried as often as the row says, and the last error is thrown', async (t) => {
  let calls = 0
  const call = async () => {
    calls += 1
    throw answered(500 + calls)
  }
  t.match(await failureOf(retrying(AT_ONCE, call)), { status: 503 })
  t.equal(calls, 3)
})

t.test('a call that succeeds at last gives its value', async (t) => {
  let calls = 0
  const call = async () => {
    calls += 1
    if (calls < 3) throw answered(502)
    return 'value'
  }
  t.equal(await retrying(AT_ONCE, call), 'value')
})

t.test('429 and 503 wait as long as the answer says, and a little jitter', async (t) => {
  for (const status of [429, 503]) {
    const error = answered(status, 7)
    t.equal(ruleFor(error)?.delayMs(error, 1, 0), 7_000)
    t.equal(ruleFor(error)?.delayMs(error, 9, 0), 7_000, 'not longer each time')
    t.ok((ruleFor(error)?.delayMs(error, 1, 0.999) ?? 0) <= 7_250)
  }
})

t.test('the same without Retry-After is an ordinary server error', async (t) => {
  for (const error of [
    answered(503),
    answered(429),
    answered(500),
    new ApiUnreachableError('GET', 'http://api', 'x'),
  ]) {
    const rule = ruleFor(error)
    t.equal(rule?.delayMs(error, 1, 0.5), 125)
    t.equal(rule?.delayMs(error, 30, 1), 15_000, 'capped')
  }
})

t.test('full jitter is anywhere between nothing and the doubled base, under the cap', async (t) => {
  const delay = fullJitter(100, 1_000)
  t.equal(delay(undefined, 1, 0), 0)
  t.equal(delay(undefined, 1, 0.5), 50)
  t.equal(delay(undefined, 3, 0.5), 200)
  t.equal(delay(undefined, 20, 0.5), 500)
})

t.test('a signal ends the wait for the next attempt at once, with its reason', async (t) => {
  const controller = new AbortController()
  const rules: RetryRule[] = [{ of: 'all', matches: () => true, retries: 9, delayMs: () => 60_000 }]
  const startedAt = Date.now()
  const pending = retrying(rules, async () => Promise.reject(answered(500)), {
    signal: controller.signal,
    onRetry: () => setTimeout(() => controller.abort(new Error('stopped')), 10),
  })
  t.match(await failureOf(pending), { message: 'stopped' })
  t.ok(Date.now() - startedAt < 5_000)
})

t.test('each retry is announced with its number and pause', async (t) => {
  const notices: { attempt: number; delayMs: number }[] = []
  const rules: RetryRule[] = [{ of: 'all', matches: () => true, retries: 2, delayMs: (_error, attempt) => attempt }]
  const call = async () => Promise.reject(answered(500))
  await t.rejects(retrying(rules, call, { onRetry: (notice) => notices.push(notice) }))
  t.match(notices, [
    { attempt: 1, delayMs: 1 },
    { attempt: 2, delayMs: 2 },
  ])
})
