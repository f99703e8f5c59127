import { ApiResponseError, ApiUnreachableError, type ErrorCode } from '@rollcall/contract'
import t from 'tap'
import { isFatal } from '../../src/api/errors.js'
import { MalformedDiscordResponseError } from '../../src/discord/errors.js'
import { explain } from '../../src/report/explain.js'

const answered = (status: number, code: ErrorCode) =>
  new ApiResponseError('PATCH', 'http://api/guilds/1/members', status, { code, message: 'It is so.' }, undefined)
const failed = (code: string, message = 'failed') => Object.assign(new Error(message), { code })

t.test('each failure that a person can settle is told as what to do', async (t) => {
  const refused = Object.assign(new TypeError('fetch failed'), { cause: failed('ECONNREFUSED') })
  t.match(explain(answered(507, 'database_full')), /disk behind the API's database is full: make room/)
  t.match(explain(answered(401, 'unauthorized')), /set API_TOKEN/)
  t.match(explain(answered(403, 'forbidden')), /members:write/)
  t.match(explain(answered(409, 'sync_run_ended')), /took over/)
  t.match(explain(new ApiUnreachableError('GET', 'http://api', refused)), /ECONNREFUSED.*API_URL is right/)
  t.match(explain(failed('EAI_AGAIN')), /Discord cannot be reached \(EAI_AGAIN\).*DISCORD_API_URL/)
  t.match(explain(new MalformedDiscordResponseError('/guilds/1/members')), /cut off or malformed/)
})

t.test('any other error speaks for itself', async (t) => {
  t.equal(explain(new Error('stopped by SIGTERM')), 'stopped by SIGTERM')
  t.match(explain(answered(400, 'validation_failed')), /answered 400: It is so/)
  t.equal(explain('text'), 'text')
})

t.test('a run goes on only after what might not befall the next chunk', async (t) => {
  for (const status of [401, 403, 404, 409, 507]) t.ok(isFatal(answered(status, 'forbidden')), `${status}`)
  t.ok(isFatal(new ApiUnreachableError('GET', 'http://api', 'x')))
  for (const status of [400, 413, 429, 500, 503]) t.notOk(isFatal(answered(status, 'bad_request')), `${status}`)
  t.notOk(isFatal(new Error('other')))
})
