import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startCommand } from './fixtures/command.js'
import { type Plant, plantedBuild } from './fixtures/planted-build.js'

t.setTimeout(280_000)
// Most of each is waiting.
t.jobs = 3

t.test('every promise holds while faults strike', { buffered: true }, async (t) => {
  const { code, output } = await startCommand('chaos', {}, ['--seed', '20210112', '--rounds', '1', '--members', '1000'])
    .ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /seed 20210112/)
  t.match(output, /[1-9]\d* of \d+ faults hit something/)
  t.match(output, /All as it must be/)
})

t.test('a run that hangs says where, and nothing of it stays', { buffered: true }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-chaos-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const syncer = join(folder, 'hangs.mjs')
  await writeFile(syncer, 'console.log("waiting for nothing"); setInterval(() => {}, 1_000)')
  const args = ['--rounds', '1', '--members', '1000', '--syncer', syncer, '--run-limit', '3']
  const { code, output } = await startCommand('chaos', {}, args).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /BROKEN OFF: run of the syncer, process \d+ was not over after 3 seconds/)
  t.match(output, /The syncer, process \d+: S \(sleeping\); last lines:\n {4}waiting for nothing/)
  t.match(output, /wire of the api: \{"port":\d+/)
  t.match(output, /ledger, last run: /)
  t.match(output, /"application_name": "rollcall-api"/)
  const pids = [...output.matchAll(/, process (\d+): /g)].map(([, pid]) => Number(pid))
  t.equal(pids.length, 4, 'syncer, API, simulator and Postgres')
  for (const pid of pids) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

const PLANTS: Record<string, Plant & { only: string; told: RegExp }> = {
  'a chunk in two statements': {
    app: 'api',
    replace: 'return patch(database, PATCH_ONE, [guildId, ',
    by: `const half = (from, to) => patchMembers(database, guildId, items.slice(from, to), arguments[3], arguments[4]);
    if (items.length > 500) return half(0, 500).then(async (first) => [...first, ...await half(500)]);
    return patch(database, PATCH_ONE, [guildId, `,
    only: 'kill-backend,kill-api',
    told: /a chunk was half applied/,
  },
  'an error that is dropped': {
    app: 'api',
    replace: 'items.length > 0 ? await patchMembers(pool, guildId, items, roles.live, defaultStamp) : [];',
    by: 'await patchMembers(pool, guildId, items, roles.live, defaultStamp).catch(() => items.map(() => ({ verdict: "applied" })));',
    only: 'kill-backend,end-sessions,reset-database',
    told: /was confirmed, and \d+ is in the table|the ledger claims|differences from the guild/,
  },
  'a connection without an error listener': {
    app: 'api',
    replace: 'pool.on("connect", (client) => client.on("error", onError));',
    by: '',
    only: 'kill-backend,end-sessions,reset-database',
    told: /Nobody had killed it/,
  },
}

for (const [name, { only, told, ...plant }] of Object.entries(PLANTS)) {
  t.test(`a bug is told: ${name}`, { buffered: true }, async (t) => {
    const api = await plantedBuild(t, name.replaceAll(' ', '-'), plant)
    const args = ['--seed', '1', '--rounds', '8', '--members', '1000', '--only', only, '--api', api]
    const { code, output } = await startCommand('chaos', {}, args).ended
    t.comment(output)
    t.equal(code, 1)
    t.match(output, told)
  })
}
