import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { Env, readConfig } from '../src/config.js'

t.test('.env.example names every variable, in the order of the schema', async (t) => {
  const example = await readFile(join(import.meta.dirname, '..', '.env.example'), 'utf8')
  const named = [...example.matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name)
  t.strictSame(named, Object.keys(Env.shape))
})

t.test('an empty environment means the simulator, and a server that comes along', async (t) => {
  t.strictSame(readConfig({ DISCORD_TOKEN: '', GUILD_ID: '' }), {
    discord: undefined,
    databaseUrl: undefined,
    dataDir: '.data',
    api: { host: '127.0.0.1', port: 3_000, managementPort: 3_001 },
    syncInterval: '1h',
    simulatorMembers: 10_000,
    logLevel: undefined,
  })
})

t.test('the real Discord takes both its variables', async (t) => {
  const { discord } = readConfig({ DISCORD_TOKEN: 'secret', GUILD_ID: '267624335836053506' })
  t.strictSame(discord, { token: 'secret', guildId: '267624335836053506', webhookUrl: undefined })
})

t.test('all faults are told at once, by name and without the value', async (t) => {
  const environment = { PORT: '0', SYNC_INTERVAL: 'soon', DATABASE_URL: 'mysql://u:hidden@h/d' }
  t.throws(() => readConfig(environment), { name: 'UsageError', message: /DATABASE_URL.*PORT.*SYNC_INTERVAL/s })
  try {
    readConfig(environment)
  } catch (error) {
    t.notMatch(String(error), /hidden|soon/)
  }
})
