import t from 'tap'
import { saidBy } from '../fixtures/processes.js'
import { Stack } from '../fixtures/stack.js'

const LIST = 'GET /guilds/:guild_id/members'

const stack = await Stack.start(t, { members: 2_500 })
t.equal((await stack.reconcile()).code, 0)

/** Troubles of a few requests: the run gets through them. */
const TROUBLES: readonly [string, Record<string, unknown>][] = [
  ['a burst of server errors', { fault: 'server_error', status: 503, times: 3, after: 2 }],
  ['bad gateways with a page of HTML', { fault: 'server_error', status: 502, times: 2, after: 3 }],
  ['a connection that is reset', { fault: 'socket_reset', route: LIST, after: 1, times: 2 }],
  ['a connection that is reset within a body', { fault: 'socket_reset', in_body: true, route: LIST, after: 1 }],
  ['a body that is cut off', { fault: 'truncated_json', route: LIST, after: 1 }],
  ['a rate limit', { fault: 'rate_limit_user', retry_after: 0.2, after: 3 }],
  ['a rate limit that a proxy tells in HTML', { fault: 'rate_limit_html', retry_after: 1, route: LIST, after: 1 }],
  ['a member who joins behind the reader', { fault: 'member_joins_between_pages', after: 1, side: 'behind' }],
  ['a member who leaves behind the reader', { fault: 'member_leaves_between_pages', after: 1, side: 'behind' }],
]
for (const [name, fault] of TROUBLES) {
  t.test(`${name} does not keep the mirror from becoming the guild`, async (t) => {
    await stack.rotateRoles()
    await stack.fault(fault)
    const run = await stack.reconcile(['--now'])
    await stack.clearFaults()
    t.equal(run.code, 0, saidBy(run))
    if (fault.side === 'behind') await stack.reconcile()
    t.strictSame(await stack.mirror(), await stack.guild())
  })
}

/** Failures that only a person can settle: each is told in a sentence that says how, and remembered. */
const SETTLED_BY_PERSONS: readonly [string, Record<string, unknown>, RegExp][] = [
  ['a token that is revoked while members are read', { fault: 'unauthorized', route: LIST, after: 1 }, /Reset Token/],
  ['a bot that is not in the guild', { fault: 'forbidden', route: 'GET /guilds/:guild_id' }, /invite the bot/],
]
for (const [name, fault, sentence] of SETTLED_BY_PERSONS) {
  t.test(`${name} fails the run with a sentence that says what to do`, async (t) => {
    await stack.fault(fault)
    const run = await stack.reconcile(['--now'])
    await stack.clearFaults()
    t.equal(run.code, 1)
    t.match(saidBy(run), sentence)
    t.match(await stack.lastRun(), { state: 'failed', error: sentence })
  })
}

t.test('a missing intent is told as what to switch on', async (t) => {
  await stack.control('PATCH', '/app', { members_intent: false })
  const run = await stack.reconcile(['--now'])
  await stack.control('PATCH', '/app', { members_intent: true })
  t.equal(run.code, 1)
  t.match(await stack.lastRun(), { state: 'failed', error: /Server Members Intent/ })
})

t.test('a token that Discord does not know is remembered in the ledger and shown nowhere', async (t) => {
  const run = await stack.reconcile(['--now'], { DISCORD_TOKEN: 'not-this-one' })
  t.equal(run.code, 1)
  t.match(await stack.lastRun(), { state: 'failed', error: /set DISCORD_TOKEN/ })
  t.notMatch(JSON.stringify(run.lines) + run.stderr, /not-this-one/)
})

t.test('a guild that Discord does not know is told as such', async (t) => {
  const run = await stack.reconcile([], { GUILD_ID: '111111111111111111' })
  t.equal(run.code, 1)
  t.match(saidBy(run), /correct GUILD_ID/)
})
