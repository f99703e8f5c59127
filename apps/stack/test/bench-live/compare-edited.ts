import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t from 'tap'
import { compareEdited } from '../../src/bench-live/compare-edited.js'

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', '..', 'prisma', 'migrations')
const GUILD_ID = '1000000000000000001'

const member = (id: string, nick: string | null) => ({
  id,
  member: { user: { id, username: `user${id}`, global_name: null, discriminator: '0' }, nick, roles: ['2', '1'] },
})
const EDITED = { guild_id: GUILD_ID, members: [member('11', null), member('12', 'Nick'), { id: '13', member: null }] }

t.test('everybody who was edited is held against the mirror', async (t) => {
  const control = createServer((_request, response) => response.end(`${JSON.stringify(EDITED)}\n`)).listen(
    0,
    '127.0.0.1',
  )
  t.teardown(() => control.close())
  await once(control, 'listening')
  const controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`
  const databaseUrl = await testDatabase(t)
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  for (const name of (await readdir(MIGRATIONS)).sort()) {
    if (!name.endsWith('.toml')) await client.query(await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
  }
  const told = async () =>
    (await compareEdited(controlUrl, databaseUrl)).told.map((it) => it.replace(/ of guild \d+/, ''))
  const write = (id: string, name: string, displayName: string) =>
    client.query(
      `insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
       values ($1, $2, $3, $4, 0, '{1,2}', true, now())
       on conflict (guild_id, id) do update set display_name = excluded.display_name`,
      [GUILD_ID, id, name, displayName],
    )

  t.strictSame(await told(), ['member 11 is missing', 'member 12 is missing'], 'who left before anybody knew is not')
  await client.query('insert into guild (id, name, observed_at) values ($1, $2, now())', [GUILD_ID, 'A guild'])
  await write('11', 'user11', 'user11')
  await write('12', 'user12', 'another')
  await write('13', 'user13', 'user13')
  t.strictSame(await told(), ['member 12 differs', 'member 13 has left, and is there'])
  await write('12', 'user12', 'Nick')
  await client.query('update member set in_guild = false where id = 13')
  t.match(await compareEdited(controlUrl, databaseUrl), { guilds: 1, members: 3, differences: 0 })
})
