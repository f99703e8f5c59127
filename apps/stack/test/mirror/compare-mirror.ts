import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t from 'tap'
import { compareMirror } from '../../src/mirror/compare-mirror.js'

const GUILD_ID = '267624335836053506'
const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', '..', 'prisma', 'migrations')
/** More than one page of the mirror. */
const MEMBERS = 5_003

const roles = [
  { id: GUILD_ID, name: '@everyone', color: 0, permissions: '0', position: 0 },
  { id: '900000000000000001', name: 'Red', color: 1, colors: { primary_color: 255 }, permissions: '8', position: 1 },
]

const members = Array.from({ length: MEMBERS }, (_, index) => ({
  user: {
    id: `${800_000_000_000_000_000n + BigInt(index)}`,
    username: `user${index}`,
    global_name: index % 2 === 0 ? `Global ${index}` : null,
    discriminator: index % 3 === 0 ? '0042' : '0',
  },
  nick: index % 5 === 0 ? `Nick ${index}` : null,
  roles: index % 2 === 0 ? ['900000000000000002', '900000000000000001'] : [],
}))

const control = createServer((request, response) => {
  if (request.url === `/control/guilds/${GUILD_ID}/roles`) return response.end(JSON.stringify(roles))
  for (const member of members) response.write(`${JSON.stringify(member)}\n`)
  return response.end()
})
control.listen(0, '127.0.0.1')
await once(control, 'listening')
t.teardown(() => control.close())

const databaseUrl = await testDatabase(t)
const client = new pg.Client({ connectionString: databaseUrl })
await client.connect()
t.teardown(() => client.end())
const places = {
  databaseUrl,
  controlUrl: `http://127.0.0.1:${(control.address() as AddressInfo).port}/control`,
  guildId: GUILD_ID,
}

t.before(async () => {
  for (const name of (await readdir(MIGRATIONS)).sort()) {
    if (name.endsWith('.toml')) continue
    await client.query(await readFile(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
  }
  await client.query('insert into guild values ($1, $2, now())', [GUILD_ID, 'A guild'])
  await client.query(
    `insert into role (guild_id, id, name, colour, permissions, position, observed_at)
     values ($1, $1, '@everyone', 0, 0, 0, now()), ($1, 900000000000000001, 'Red', 255, 8, 1, now())`,
    [GUILD_ID],
  )
  // Written down by hand, not through the code that is tested.
  await client.query(
    `insert into member
     select $1, 800000000000000000 + i, 'user' || i,
            case when i % 5 = 0 then 'Nick ' || i when i % 2 = 0 then 'Global ' || i else 'user' || i end,
            case when i % 3 = 0 then 42 else 0 end,
            case when i % 2 = 0 then '{900000000000000001,900000000000000002}'::bigint[] else '{}' end,
            true, now()
       from generate_series(0, $2::int - 1) as i`,
    [GUILD_ID, MEMBERS],
  )
})

t.test('a true mirror has no differences, whoever has left', async (t) => {
  await client.query(`insert into member values ($1, 1, 'gone', 'gone', 0, '{}', false, now())`, [GUILD_ID])
  t.strictSame(await compareMirror(places), { members: MEMBERS, roles: 2, differences: 0, told: [] })
})

const TAMPERINGS: Record<string, [statement: string, told: string]> = {
  'a name': [`update member set name = 'other' where id = 800000000000005001`, 'differs in name'],
  'a display name': [`update member set display_name = '' where id = 800000000000000000`, 'differs in display_name'],
  'a discriminator': ['update member set discriminator = 43 where id = 800000000000000003', 'differs in discriminator'],
  'a role too few': [
    `update member set roles = '{900000000000000001}' where id = 800000000000000002`,
    'differs in roles',
  ],
  'a role twice': [
    `update member set roles = '{900000000000000001,900000000000000001,900000000000000002}' where id = 800000000000000002`,
    'differs in roles',
  ],
  'a member who is lost': ['delete from member where id = 800000000000005002', 'is missing from the mirror'],
  'a member marked as gone': [
    'update member set in_guild = false where id = 800000000000000004',
    'is missing from the mirror',
  ],
  'a member too many': ['update member set in_guild = true where id = 1', 'is in the mirror only'],
  'the colour of a role': ['update role set colour = 1 where id = 900000000000000001', 'differs in colour'],
  'a role that is being deleted': [
    'update role set deleting_since = now() where id = 900000000000000001',
    'is missing from the mirror',
  ],
}

for (const [what, [statement, told]] of Object.entries(TAMPERINGS)) {
  t.test(`one fault is found: ${what}`, async (t) => {
    // The comparison has a connection of its own, so the fault must be committed, and undone by hand.
    await client.query('create temporary table kept_member as table member')
    await client.query('create temporary table kept_role as table role')
    t.equal((await client.query(statement)).rowCount, 1)
    const { differences, told: found } = await compareMirror(places)
    await client.query('delete from member; insert into member table kept_member; drop table kept_member')
    await client.query('delete from role; insert into role table kept_role; drop table kept_role')
    t.equal(differences, 1)
    t.equal(found.length, 1)
    t.match(found[0], told)
  })
}
