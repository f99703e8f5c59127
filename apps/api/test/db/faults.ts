import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t from 'tap'
import { databaseFault } from '../../src/db/faults.js'
import { createPool } from '../../src/db/pool.js'
import { createPrisma } from '../../src/db/prisma.js'

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code })

t.test('what passes by itself is 503 with the time to come back', async (t) => {
  const passing = [
    withCode('57P01'),
    withCode('57P03'),
    withCode('08006'),
    withCode('53300'),
    withCode('57014'),
    withCode('40P01'),
    withCode('ECONNREFUSED'),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new Error('prisma', { cause: { originalCode: '57P01', kind: 'postgres' } }),
  ]
  for (const error of passing) {
    t.match(
      databaseFault(error),
      { statusCode: 503, code: 'database_unavailable', retryAfterSeconds: 2 },
      error.message,
    )
  }
})

t.test('a full disk is said to be one', async (t) => {
  t.match(databaseFault(withCode('53100')), { statusCode: 507, code: 'database_full', message: /disk space/ })
})

t.test('a fault of ours is not the database being away', async (t) => {
  for (const error of [withCode('23505'), withCode('22P02'), new TypeError('x is not a function'), 'text', undefined]) {
    t.equal(databaseFault(error), undefined)
  }
})

t.test('a real refused connection is recognised, through Prisma too', async (t) => {
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 })
  t.teardown(() => pool.end())
  const error = await pool.query('select 1').catch((it: unknown) => it)
  t.match(databaseFault(error), { statusCode: 503 })
  const wrapped = await createPrisma(pool)
    .guild.count()
    .catch((it: unknown) => it)
  t.match(databaseFault(wrapped), { statusCode: 503 })
})

t.test('what an operator is about to mend is 503: a login, a database, a table that is not there', async (t) => {
  const url = await testDatabase(t)
  for (const change of [
    (it: URL) => it,
    (it: URL) => Object.assign(it, { password: 'wrong' }),
    (it: URL) => Object.assign(it, { pathname: '/nowhere' }),
  ]) {
    const pool = createPool({
      url: change(new URL(url)).href,
      poolSize: 2,
      statementTimeoutMs: 1_000,
      onError: () => {},
    })
    t.match(databaseFault(await pool.query('select from guild').catch((it: unknown) => it)), { statusCode: 503 })
    const wrapped = createPrisma(pool).guild.count()
    t.match(databaseFault(await wrapped.catch((it: unknown) => it)), { statusCode: 503 })
    await pool.end()
  }
})

t.test('a server that stops answering in the middle of a statement is given up for dead', async (t) => {
  const pool = createPool({ url: await testDatabase(t), poolSize: 1, statementTimeoutMs: 0, onError: () => {} })
  t.teardown(() => pool.end())
  const error = await pool.query('select pg_sleep(30)').catch((it: unknown) => it)
  t.match(databaseFault(error), { statusCode: 503 })
  t.equal((await pool.query('select 1')).rowCount, 1, 'on another connection')
})
