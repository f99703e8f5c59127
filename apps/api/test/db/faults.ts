import pg from 'pg'
import t from 'tap'
import { databaseFault } from '../../src/db/faults.js'

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

t.test('a real refused connection is recognised', async (t) => {
  const pool = new pg.Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 })
  t.teardown(() => pool.end())
  const error = await pool.query('select 1').catch((it: unknown) => it)
  t.match(databaseFault(error), { statusCode: 503 })
})
