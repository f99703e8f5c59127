import { readFileSync } from 'node:fs'
import t from 'tap'
import { Env, readConfig } from '../src/config.js'

const DATABASE_URL = 'postgres://rollcall:secret@db.example:5432/rollcall'

function faultOf(environment: NodeJS.ProcessEnv): Error {
  try {
    readConfig(environment)
  } catch (error) {
    return error as Error
  }
  throw new Error('It was taken for usable')
}

t.test('reads a complete configuration from one variable and its defaults', async (t) => {
  const config = readConfig({ DATABASE_URL })
  t.equal(config.database.url, DATABASE_URL)
  t.strictSame(config.public, { host: '127.0.0.1', port: 3_000 })
  t.strictSame(config.bot, { homeGuildId: undefined, prefix: '' })
})

t.test('reads an id beyond 2^53 exactly', async (t) => {
  const config = readConfig({ DATABASE_URL, HOME_GUILD_ID: '9007199254740993' })
  t.equal(config.bot.homeGuildId, 9_007_199_254_740_993n)
})

t.test('takes an empty variable for one that is not set', async (t) => {
  t.equal(readConfig({ DATABASE_URL, HOME_GUILD_ID: '', PORT: '' }).public.port, 3_000)
})

t.test('names every faulty variable at once, without its value', async (t) => {
  const secret = 'mysql://root:hunter2@db'
  const environment = {
    DATABASE_URL: secret,
    PORT: '70000',
    HOME_GUILD_ID: 'abc',
    BOT_PREFIX: 'no-slash',
    LOG_LEVEL: 'loud',
  }
  const { message } = faultOf(environment)
  for (const name of Object.keys(environment)) t.match(message, name)
  t.notMatch(message, /hunter2|70000|abc|no-slash|loud/)
})

t.test('names a variable that is missing', async (t) => {
  t.throws(() => readConfig({}), /DATABASE_URL/)
})

t.test('takes from the container what the environment leaves open, and keeps connections for reads', async (t) => {
  const derived = { heapMiB: 80, bulkInFlight: 3, chunkBytes: 1_048_576, poolSize: 9 }
  const chosen = (environment: NodeJS.ProcessEnv) => {
    const { database, limits } = readConfig({ DATABASE_URL, ...environment }, derived)
    return [database.poolSize, limits.bulkInFlight, limits.bulkBodyBytes]
  }
  t.strictSame(chosen({}), [9, 3, 1_048_576])
  t.strictSame(chosen({ DATABASE_POOL_SIZE: '20' }), [20, 3, 1_048_576])
  t.strictSame(chosen({ DATABASE_POOL_SIZE: '3' }), [3, 2, 1_048_576], 'never every connection')
  t.strictSame(chosen({ MAX_BULK_IN_FLIGHT: '8' }), [14, 8, 1_048_576], 'as many more as are needed')
  t.strictSame(chosen({ DATABASE_POOL_SIZE: '9', MAX_BULK_IN_FLIGHT: '8' }), [9, 8, 1_048_576])
  t.throws(() => chosen({ DATABASE_POOL_SIZE: '8', MAX_BULK_IN_FLIGHT: '8' }), /MAX_BULK_IN_FLIGHT: Expected fewer/)
})

t.test('.env.example lists every variable in the order of the schema, with its default', async (t) => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => /^[A-Z]/.test(line))
  t.strictSame(
    lines.map((line) => line.split('=')[0]),
    Object.keys(Env.shape),
  )
  const example = Object.fromEntries(lines.map((line) => line.split('=') as [string, string]))
  t.strictSame(readConfig({ ...example, DATABASE_URL }), readConfig({ DATABASE_URL }))
})
