import { readFileSync } from 'node:fs'
import t from 'tap'
import { ConfigError, Env, readConfig } from '../src/config.js'
import { liveEnv, readLiveConfig } from '../src/live/live-config.js'

const COMPLETE = {
  DISCORD_TOKEN: 'discord-secret',
  GUILD_ID: '267624335836053506',
  API_URL: 'http://api:3000',
  API_TOKEN: 'api-secret',
}
const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

t.test('.env.example lists every variable, in the order of the schema', async (t) => {
  const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n')
  const names = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split('=')[0])
  t.strictSame(names, [...Object.keys(Env.shape), ...Object.keys(liveEnv)])
})

t.test('what is not set has a default', async (t) => {
  t.strictSame(readConfig(COMPLETE), {
    guildId: 267_624_335_836_053_506n,
    discord: { url: 'https://discord.com/api', token: 'discord-secret' },
    api: { url: 'http://api:3000', token: 'api-secret' },
    chunkSize: 1_000,
    departureGuard: { count: 100, share: 0.05 },
    webhookUrl: undefined,
    management: undefined,
    dnsCacheMs: 30_000,
    logLevel: 'info',
  })
})

t.test('an empty variable is one that is not set', async (t) => {
  t.equal(readConfig({ ...COMPLETE, WEBHOOK_URL: '', CHUNK_SIZE: '' }).chunkSize, 1_000)
})

t.test('all faults are told at once, by name and without a value', async (t) => {
  const faults = faultsOf({
    DISCORD_TOKEN: 'two secrets',
    DISCORD_API_URL: 'ftp://secret',
    GUILD_ID: 'secret',
    CHUNK_SIZE: '1001',
    DEPARTURE_GUARD_SHARE: '1.5',
    WEBHOOK_URL: 'secret',
    LOG_LEVEL: 'secret',
  })
  t.strictSame(
    faults.map((fault) => fault.split(':')[0]),
    [
      'DISCORD_TOKEN',
      'DISCORD_API_URL',
      'GUILD_ID',
      'API_URL',
      'API_TOKEN',
      'CHUNK_SIZE',
      'DEPARTURE_GUARD_SHARE',
      'WEBHOOK_URL',
      'LOG_LEVEL',
    ],
  )
  t.notMatch(faults.join(), /secret/)
})

t.test('a chunk holds 1 to 1,000 members', async (t) => {
  t.strictSame(faultsOf({ ...COMPLETE, CHUNK_SIZE: '1000' }), [])
  t.equal(faultsOf({ ...COMPLETE, CHUNK_SIZE: '1001' }).length, 1)
  t.equal(faultsOf({ ...COMPLETE, CHUNK_SIZE: '0' }).length, 1)
  t.equal(faultsOf({ ...COMPLETE, CHUNK_SIZE: '1.5' }).length, 1)
})

t.test('guilds are reconciled every hour, as often as is said, or only when they may lack something', async (t) => {
  const intervalOf = (text?: string) =>
    readLiveConfig(text === undefined ? COMPLETE : { ...COMPLETE, RECONCILE_INTERVAL: text }).reconcile.intervalSeconds
  t.equal(intervalOf(), 3_600)
  t.equal(intervalOf('14h'), 50_400)
  t.equal(intervalOf('off'), null)
  for (const faulty of ['soon', '9s', '31d', '1']) t.throws(() => intervalOf(faulty), ConfigError, faulty)
})

t.test('a container holds shards under its own name, processes of one host under different ones', async (t) => {
  const holderOf = (environment: object, pid: number) => readLiveConfig({ ...COMPLETE, ...environment }, pid).holder
  t.equal(holderOf({ HOSTNAME: 'bot-syncer-3' }, 1), 'bot-syncer-3')
  t.equal(holderOf({ HOSTNAME: 'n'.repeat(200) }, 1).length, 100)
  t.match(holderOf({}, 4_242), /.-4242$/)
  t.not(holderOf({}, 4_242), holderOf({}, 4_243))
})

t.test('what may wait follows from the heap, unless it is said', async (t) => {
  const derived = { maxEvents: 56_250, maxBytes: 47_185_920 }
  t.strictSame(readLiveConfig(COMPLETE).queue, { maxEvents: 15_000, maxBytes: 12_582_912 }, 'as it is deployed')
  t.strictSame(readLiveConfig(COMPLETE, 1, derived).queue, derived)
  const said = readLiveConfig({ ...COMPLETE, MAX_QUEUED_EVENTS: '1000' }, 1, derived).queue
  t.strictSame(said, { ...derived, maxEvents: 1_000 })
})
