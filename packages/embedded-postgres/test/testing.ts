import pg from 'pg'
import t from 'tap'
import { testDatabase } from '../src/testing.js'

const answer = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

t.test('every test gets an empty database of its own, dropped when it ends', async (t) => {
  let first = ''
  await t.test('the first', async (t) => {
    first = await testDatabase(t)
    await answer(first, 'create table mark ()')
    t.not(await testDatabase(t), first)
  })
  await t.test('the second', async (t) => {
    const url = await testDatabase(t)
    t.strictSame(await answer(url, "select to_regclass('mark') as mark"), [{ mark: null }])
    await t.rejects(answer(first, 'select 1'), { code: '3D000' })
  })
})

t.test('a template is built once, whoever asks for it, and cloned', async (t) => {
  let built = 0
  const template = {
    name: 'counted',
    checksum: `${process.pid}`,
    build: async (url: string) => {
      built++
      await answer(url, 'create table mark as select 7 as seven')
    },
  }
  const urls = await Promise.all([1, 2, 3].map(() => testDatabase(t, { template })))
  t.equal(built, 1)
  t.equal(new Set(urls).size, 3)
  for (const url of urls) t.strictSame(await answer(url, 'select seven from mark'), [{ seven: 7 }])
})

t.test('a template whose building failed is built again', async (t) => {
  let calls = 0
  const template = {
    name: 'failing',
    checksum: `${process.pid}`,
    build: async () => {
      if (++calls === 1) throw new Error('no')
    },
  }
  await t.rejects(testDatabase(t, { template }), { message: 'no' })
  await testDatabase(t, { template })
  t.equal(calls, 2)
})
