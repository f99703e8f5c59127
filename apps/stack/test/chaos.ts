import t from 'tap'
import { startCommand } from './fixtures/command.js'
import { type Plant, plantedBuild } from './fixtures/planted-build.js'

t.setTimeout(240_000)

t.test('every promise holds while faults strike', async (t) => {
  const { code, output } = await startCommand('chaos', {}, ['--seed', '20210112', '--rounds', '1']).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /seed 20210112/)
  t.match(output, /All as it must be/)
})

const PLANTS: Record<string, Plant & { only: string; told: RegExp }> = {
  'a chunk in two statements': {
    app: 'api',
    replace: 'const apply = () => database.query(query);',
    by: `if (items.length > 500) return [
      ...await patchMembers(database, guildId, items.slice(0, 500), arguments[3]),
      ...await patchMembers(database, guildId, items.slice(500), arguments[3])];
    const apply = () => database.query(query);`,
    only: 'kill-backend,kill-api',
    told: /a chunk was half applied/,
  },
  'an error that is dropped': {
    app: 'api',
    replace: 'items.length > 0 ? await patchMembers(pool, guildId, items, [...roles.live]) : [];',
    by: 'await patchMembers(pool, guildId, items, [...roles.live]).catch(() => items.map(() => ({ verdict: "applied" })));',
    only: 'kill-backend,end-sessions,reset',
    told: /was confirmed, and \d+ is in the table|the ledger claims|differences from the guild/,
  },
  'a connection without an error listener': {
    app: 'api',
    replace: 'pool.on("connect", (client) => client.on("error", onError));',
    by: '',
    only: 'kill-backend,end-sessions,reset',
    told: /Nobody had killed it/,
  },
}

for (const [name, { only, told, ...plant }] of Object.entries(PLANTS)) {
  t.test(`a bug is told: ${name}`, async (t) => {
    const api = await plantedBuild(t, name.replaceAll(' ', '-'), plant)
    const args = ['--seed', '1', '--rounds', '8', '--members', '1000', '--only', only, '--api', api]
    const { code, output } = await startCommand('chaos', {}, args).ended
    t.comment(output)
    t.equal(code, 1)
    t.match(output, told)
  })
}
