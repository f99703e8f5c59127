import { Scope } from '@rollcall/contract'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { nativeClient } from '../fixtures/native.js'

type Request = Parameters<ReturnType<typeof nativeClient>>

const { app, createKey } = await build(t)

t.test('on every route of following live a token does what its scopes say', async (t) => {
  const needed: [scope: Scope, ...request: Request][] = [
    ['members:write', 'PATCH', '/members', {}],
    ['guilds:write', 'PUT', '/guilds', {}],
    ['guilds:write', 'PATCH', '/guilds/sync-states', {}],
    ['sync-runs:read', 'GET', '/guilds/1/sync-state'],
    ['sync-runs:write', 'POST', '/sync-runs/claims', {}],
    ['gateway:read', 'GET', '/gateway/1/shards'],
    ['gateway:write', 'POST', '/gateway/1/shards/claims', {}],
    ['gateway:write', 'POST', '/gateway/1/shards/heartbeats', {}],
    ['gateway:write', 'POST', '/gateway/1/shards/releases', {}],
    ['gateway:write', 'POST', '/gateway/1/identifies', {}],
    ['gateway:write', 'POST', '/notices/claims', {}],
    ['gateway:write', 'PATCH', '/notices/1', {}],
  ]
  for (const scope of new Set(needed.map(([it]) => it))) {
    const others = Scope.options.filter((it) => it !== scope)
    const lacking = nativeClient(app, await createKey(`all but ${scope}`, others))
    const having = nativeClient(app, await createKey(scope, [scope]))
    for (const [, ...request] of needed.filter(([it]) => it === scope)) {
      const line = `${request[0]} ${request[1]}`
      t.equal((await lacking(...request)).status, 403, `${line} without ${scope}`)
      t.not((await having(...request)).status, 403, `${line} with ${scope}`)
    }
  }
})
