import { readFile } from 'node:fs/promises'
import { LIMITS } from '@rollcall/contract'
import t from 'tap'
import { openApiDocument } from '../src/openapi-document.js'

const committed = await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')

t.test('docs/openapi.json is current; `npm run openapi` writes it', async (t) => {
  t.equal(committed, await openApiDocument())
})

t.test('it names every limit and refers to nothing that is not there', async (t) => {
  for (const name of Object.keys(LIMITS)) t.match(committed, name)
  const { components } = JSON.parse(committed)
  for (const [, name = ''] of committed.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    t.ok(components.schemas[name], name)
  }
})

t.test('it shows ids in their wire form and every native route', async (t) => {
  const { paths, components } = JSON.parse(committed)
  t.match(components.schemas.Member.properties.id, { type: 'string' })
  t.match(components.schemas.Member.properties.roles, { type: 'array', items: { type: 'string' } })
  for (const path of [
    '/guilds/{guild_id}/members',
    '/guilds/{guild_id}/roles/{role_id}',
    '/guilds/{guild_id}/sync-runs',
    '/guilds/{guild_id}/sync-state',
    '/guilds/sync-states',
    '/members',
    '/sync-runs/claims',
    '/gateway/{bot_id}/shards',
    '/gateway/{bot_id}/shards/claims',
    '/gateway/{bot_id}/shards/heartbeats',
    '/gateway/{bot_id}/shards/releases',
    '/gateway/{bot_id}/identifies',
    '/notices/claims',
    '/notices/{notice_id}',
  ]) {
    t.ok(paths[path], path)
  }
  t.ok(paths['/guilds/{guild_id}/members'].patch.requestBody.content['application/json'].schema.properties.members)
})
