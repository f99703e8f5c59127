import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { attempt } from '../../src/chaos/attempt.js'
import { ChunkWriter } from '../../src/chaos/chunk-writer.js'
import { keepEvidence, lastRun } from '../../src/chaos/evidence.js'
import { fillMirror } from '../../src/chaos/fill-mirror.js'
import { judgeAttempt, judgeQuietRun } from '../../src/chaos/judge.js'
import { System } from '../../src/chaos/system.js'
import { Running } from '../../src/processes/running.js'
import { query } from '../../src/rig/query.js'

t.setTimeout(240_000)

// Every promise is broken here by hand, in the tables, and the judge has to say so.
const running = new Running()
t.teardown(() => running.stop())
const builds = { api: undefined, syncer: undefined }
const system = await System.start(running, { members: 1_000, builds, runLimitMs: 120_000 })
await fillMirror(system)
const quiet = await attempt(system)
const { syncer, ending } = quiet
const { guildId } = system.simulator
const change = (text: string) => query(system.databaseUrl, text)

t.test('says nothing while every promise holds', async (t) => {
  t.strictSame(quiet.violations, [])
  t.strictSame(await judgeQuietRun(system, quiet), [])
})

t.test('sees a ledger that does not tell the truth', async (t) => {
  // The table refuses some of these lies by itself.
  await change('alter table sync_run drop constraint sync_run_counts_add_up, drop constraint sync_run_done_is_complete')
  const told = async (lie: string) => {
    await change(`update sync_run set ${lie} where id = (select max(id) from sync_run where guild_id = ${guildId})`)
    return judgeAttempt(system, syncer, ending, undefined)
  }
  t.match(await told('created = 5, total = 5, done = 5'), [/the ledger claims 5 changed members, and 0 have changed/])
  t.match(await told('created = 0, done = 4'), [/the counts of the run do not add up/])
  t.match(await told('done = 0, total = 1, remaining = 1'), [/the run is done, and not all of it was confirmed/])
  t.match(await told("total = 0, done = 0, remaining = 0, state = 'partial'"), [
    /the syncer ended as done, and the ledger's last run is partial/,
  ])
  t.strictSame(await told("state = 'done'"), [])
})

t.test('sees a removal that the guild does not have', async (t) => {
  await keepEvidence(system)
  const killed = { code: undefined, signal: 'SIGKILL' }
  const told = async () => judgeAttempt(system, syncer, killed, await lastRun(system))
  const member = `id = (select min(id) from member where guild_id = ${guildId} and name > '')`
  await change(`update member set in_guild = false where ${member}`)
  t.match(await told(), [/member \d+ is in the guild and was removed/])
  await change(`update member set in_guild = true where ${member}`)
  const role = `id = (select max(id) from role where guild_id = ${guildId} and deleted_at is null)`
  await change(`update role set deleting_since = now() where ${role}`)
  t.match(await told(), [/role \d+ is in the guild and was removed/])
  await change(`update role set deleting_since = null where ${role}`)
  t.strictSame(await told(), [])
})

t.test('sees a mirror that is not the guild, and that one more run sent something', async (t) => {
  await change(`update member set name = 'x' where id = (select max(id) from member where guild_id = ${guildId})`)
  t.match(await judgeAttempt(system, syncer, ending, undefined), [/the mirror has 1 differences from the guild/])
  const mending = await attempt(system)
  t.strictSame(mending.violations, [])
  t.match(await judgeQuietRun(system, mending), [/one more run sent 1 member changes and 0 of roles/])
})

t.test('sees a chunk that was applied in part, and one that was lost', async (t) => {
  const told = async (damage: string) => {
    const writer = new ChunkWriter(system)
    await writer.start()
    // The next chunk mends it, so it is done until it was seen.
    for (let tries = 0; writer.violations.length === 0 && tries < 500; tries++) {
      await change(damage)
      await sleep(20)
    }
    await writer.stop()
    return writer.violations
  }
  const chunks = 'where guild_id = 900000000000000000'
  t.match(await told(`update member set display_name = '0' ${chunks} and id <= 500`), [/a chunk was half applied/])
  t.match(await told(`update member set display_name = '0' ${chunks}`), [
    /chunk \d+ was confirmed, and 0 is in the table/,
  ])
})
