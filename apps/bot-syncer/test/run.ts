import t from 'tap'
import { type Finished, type LogLine, saidBy } from './fixtures/processes.js'
import { Stack } from './fixtures/stack.js'

/** Several pages of Discord's, the last one short. */
const MEMBERS = 2_500
const LIST = 'GET /guilds/:guild_id/members'

const stack = await Stack.start(t, { members: MEMBERS })
const EVERYBODY = MEMBERS + 1

/** The last line of a run: its counts. */
const endOf = ({ lines }: Finished): LogLine => lines.at(-1) ?? { msg: 'nothing was logged' }
const { bot_id: botId } = await stack.control<{ bot_id: string }>('GET', '/state')
/** The members with the highest ids, without the bot: it would lose sight of the guild. */
const newest = async (count: number) => {
  const members = (await stack.guild()).filter((member) => member.id !== botId)
  return members.slice(-count).map((member) => member.id)
}
const leave = async (ids: readonly string[]) => {
  for (const id of ids) await stack.control('DELETE', `${stack.guildPath}/members/${id}`)
}
const join = (ids: readonly string[]) => stack.control('POST', `${stack.guildPath}/members`, { ids })

/** The titles of all messages so far. */
async function toldInDiscord(): Promise<string[]> {
  const id = new URL(stack.simulator.webhook).pathname.split('/').at(-2)
  const messages = await stack.control<{ embeds: { title: string }[] }[]>('GET', `/webhooks/${id}/messages`)
  return messages.flatMap((message) => message.embeds.map((embed) => embed.title))
}

t.test('a dry run of an unknown guild shows what would be created and writes nothing', async (t) => {
  const run = await stack.reconcile(['--dry-run'])
  t.equal(run.code, 0)
  t.match(endOf(run), { state: 'done', total: EVERYBODY, members_read: EVERYBODY })
  t.equal(run.lines.filter((line) => /^would /.test(line.msg)).length, 20)
  t.strictSame(await stack.query('select id from guild'), [])
  t.strictSame(await stack.query('select id from sync_run'), [])
})

t.test('the first run makes the mirror equal to the guild, the second sends nothing', async (t) => {
  const first = await stack.reconcile()
  t.equal(first.code, 0)
  t.match(endOf(first), { state: 'done', created: EVERYBODY, total: EVERYBODY, roles_written: 40, stale: 0 })
  t.ok(Number(endOf(first).peak_rss_mib) < 128, `${endOf(first).peak_rss_mib} MiB`)
  t.strictSame(await stack.mirror(), await stack.guild())
  t.match(await stack.lastRun(), {
    state: 'done',
    done: EVERYBODY,
    total: EVERYBODY,
    members_read: EVERYBODY,
    error: null,
  })
  const second = await stack.reconcile()
  t.equal(second.code, 0)
  t.match(endOf(second), { state: 'done', total: 0, roles_written: 0, roles_deleted: 0 })
})

t.test('a deleted role is one deletion, and no member has to be sent', async (t) => {
  const { guilds } = await stack.control<{ guilds: { members_role_id: string }[] }>('GET', '/state')
  const role = guilds[0]?.members_role_id
  await stack.control('DELETE', `${stack.guildPath}/roles/${role}`)
  const run = await stack.reconcile()
  t.equal(run.code, 0)
  t.match(endOf(run), { roles_deleted: 1, total: 0 })
  t.strictSame(await stack.mirror(), await stack.guild())
})

t.test('who leaves, joins or is renamed is sent, and nobody else', async (t) => {
  const [leaver = '', renamed = ''] = await newest(2)
  await leave([leaver])
  await stack.control('PATCH', `${stack.guildPath}/members/${renamed}`, { nick: 'Ünïcode 🎉' })
  await stack.control('POST', `${stack.guildPath}/members`, { count: 2 })
  const run = await stack.reconcile(['--dry-run'])
  t.match(endOf(run), { total: 4, created: 2, patched: 1, departed: 1 })
  t.notSame(await stack.mirror(), await stack.guild(), 'a dry run writes nothing')
  t.match(endOf(await stack.reconcile()), { total: 4, created: 2, patched: 1, departed: 1 })
  t.strictSame(await stack.mirror(), await stack.guild())
  await join([leaver])
  t.match(endOf(await stack.reconcile()), { total: 1, patched: 1 }, 'who returns is the same row again')
  t.strictSame(await stack.mirror(), await stack.guild())
})

t.test('more departures than the guard are held until a person says how many', async (t) => {
  const leavers = await newest(150)
  await leave(leavers)
  const before = await stack.mirror()
  const held = await stack.reconcile()
  t.equal(held.code, 4)
  t.match(saidBy(held), /run held/)
  t.match(await stack.lastRun(), { state: 'held', remaining: 150, departed: 0, error: /--allow-departures 150/ })
  t.strictSame(await stack.mirror(), before)
  t.equal((await stack.reconcile(['--dry-run'])).code, 4, 'a dry run says so, too')
  t.equal((await stack.reconcile(['--allow-departures', '149'])).code, 4)
  const approved = await stack.reconcile(['--allow-departures', '150'])
  t.equal(approved.code, 0)
  t.match(endOf(approved), { departed: 150 })
  t.strictSame(await stack.mirror(), await stack.guild())
  await join(leavers)
  t.equal((await stack.reconcile()).code, 0)
})

t.test('an API token that the API does not know is told as such, and shown nowhere', async (t) => {
  const run = await stack.reconcile([], { API_TOKEN: 'wrong-key' })
  t.equal(run.code, 1)
  t.match(saidBy(run), /set API_TOKEN/)
  t.notMatch(JSON.stringify(run.lines) + run.stderr, /wrong-key/)
})

t.test('after repeated failures the next run waits, and --now does not', async (t) => {
  await stack.reconcile(['--now'])
  for (let attempt = 0; attempt < 3; attempt += 1) {
    t.equal((await stack.reconcile(['--now'], { DISCORD_TOKEN: 'not-this-one' })).code, 1)
  }
  const waiting = stack.syncer()
  const line = await Promise.race([waiting.waitForLine(/^waiting until .* --now skips the wait/), waiting.finished])
  t.ok('msg' in line)
  waiting.child.kill('SIGTERM')
  const waited = await waiting.finished
  t.equal(waited.code, 5)
  t.match(saidBy(waited), /no run began/)
  const run = await stack.reconcile(['--now'])
  t.equal(run.code, 0)
})

t.test(
  'a run that would have to rest for long ends at once, and nobody is told of a run that never began',
  async (t) => {
    await stack.reconcile(['--now'], { DISCORD_TOKEN: 'not-this-one' })
    const before = await stack.lastRun()
    // As after the sixth failure in a row: an hour.
    await stack.query('update sync_run set attempt = 6 where id = $1', [before.id])
    const env = { WEBHOOK_URL: stack.simulator.webhook }
    const run = await stack.reconcile([], env)
    t.equal(run.code, 5)
    t.match(
      saidBy(run),
      /the guild rests until \d{4}-.*Z and no run began\. Mend the cause, then run once with --now\./,
    )
    t.equal((await stack.lastRun()).id, before.id)

    const staying = stack.syncer(['--interval', '1h'], env)
    await Promise.race([staying.waitForLine(/^waiting until /), staying.finished])
    staying.child.kill('SIGTERM')
    t.equal((await staying.finished).code, 5, 'one that stays waits instead')
    t.strictSame(await toldInDiscord(), [])

    t.equal((await stack.reconcile(['--now'], { ...env, API_TOKEN: 'wrong-key' })).code, 1)
    t.strictSame(await toldInDiscord(), ['Member sync failed'], 'what a person must mend is told')
    t.equal((await stack.reconcile(['--now'])).code, 0)
  },
)

t.test('runs are said in Discord, without mentions, and a webhook that is gone fails no run', async (t) => {
  await stack.rotateRoles()
  const before = await toldInDiscord()
  t.equal((await stack.reconcile([], { WEBHOOK_URL: stack.simulator.webhook })).code, 0)
  t.strictSame((await toldInDiscord()).slice(before.length), ['Member sync started', 'Member sync done'])
  const gone = stack.simulator.webhook.replace(/\/webhooks\/\d+/, '/webhooks/1')
  const run = await stack.reconcile([], { WEBHOOK_URL: gone })
  t.equal(run.code, 0)
  t.match(saidBy(run), /webhook refused the message/)
  t.notMatch(JSON.stringify(run.lines), new RegExp(gone.split('/').at(-1) ?? ''))
  t.match(saidBy(await stack.reconcile([], { WEBHOOK_URL: 'http://127.0.0.1:9/x/y' })), /webhook not reached/)
})

t.test('a syncer that is killed in the middle leaves nothing that the next run does not mend', async (t) => {
  await stack.rotateRoles()
  const killed = stack.syncer([], { CHUNK_SIZE: '100' })
  await killed.waitForLine(/^chunk applied$/)
  killed.child.kill('SIGKILL')
  await killed.finished
  t.match(await stack.lastRun(), { state: 'running' })
  t.notSame(await stack.mirror(), await stack.guild(), 'it was in the middle')
  t.equal((await stack.reconcile()).code, 0)
  t.strictSame(await stack.mirror(), await stack.guild())
  t.match(endOf(await stack.reconcile()), { state: 'done', total: 0 })
  t.match(await stack.query("select state from sync_run where state = 'running'"), [])
})

t.test('an API that restarts in the middle is waited for', async (t) => {
  await stack.rotateRoles()
  const run = stack.syncer([], { CHUNK_SIZE: '50' })
  await run.waitForLine(/^chunk applied$/)
  await stack.stopApi('SIGKILL')
  await stack.startApi()
  t.equal((await run.finished).code, 0, 'nothing failed')
  t.strictSame(await stack.mirror(), await stack.guild())
})

t.test('a run that another one has taken over stops', async (t) => {
  await stack.rotateRoles()
  await stack.fault({ fault: 'slow_body', ms: 2_500, route: LIST, times: 1 })
  const slow = stack.syncer()
  await slow.waitForLine(/^run started$/)
  t.equal((await stack.reconcile()).code, 0)
  const run = await slow.finished
  await stack.clearFaults()
  t.equal(run.code, 1)
  t.match(saidBy(run), /took over/)
})

t.test('SIGTERM ends the run as failed, and says so in the ledger', async (t) => {
  await stack.rotateRoles()
  const run = stack.syncer([], { CHUNK_SIZE: '50' })
  await run.waitForLine(/^chunk applied$/)
  run.child.kill('SIGTERM')
  t.equal((await run.finished).code, 1)
  t.match(await stack.lastRun(), { state: 'failed', error: 'stopped by SIGTERM' })
})
