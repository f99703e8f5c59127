import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { type Config, readConfig } from './config.js'
import { requireBuilt } from './entry-points.js'
import { startApi } from './processes/api.js'
import { migrate } from './processes/database.js'
import { describeEnding } from './processes/program.js'
import type { Running } from './processes/running.js'
import { SIMULATOR_TOKEN, startSimulator } from './processes/simulator.js'
import { startSyncer } from './processes/syncer.js'
import { runCommand } from './run-command.js'
import { ensureSyncerToken } from './syncer-token.js'
import { framed, SIMULATED, welcome } from './welcome.js'

/** `npm start`: everything on this machine, until Ctrl-C. */
async function start(running: Running): Promise<number> {
  const config = readConfig(process.env)
  requireBuilt()
  const dataDir = resolve(config.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })

  const given = config.databaseUrl
  const database = given === undefined ? await startDatabase(running, dataDir) : { url: given, ended: undefined }
  const databaseUrl = database.url
  await migrate(databaseUrl)
  const discord = await findDiscord(running, config)
  const env = config.logLevel === undefined ? {} : { LOG_LEVEL: config.logLevel }
  const { guildId } = discord
  const api = await running.add(startApi({ ...config.api, databaseUrl, homeGuildId: guildId, output: 'terminal', env }))
  const tokenFile = join(dataDir, 'syncer-token')
  const token = await ensureSyncerToken(tokenFile, api, databaseUrl)
  const { managementUrl, url: apiUrl } = api
  say(`\n${welcome({ apiUrl, managementUrl, guildId, tokenFile, controlUrl: discord.simulator?.controlUrl })}\n`)
  const args = ['--interval', config.syncInterval]
  const syncer = await running.add(startSyncer({ discord, api: { url: apiUrl, token }, args, output: 'terminal', env }))

  // None of them ends by itself on a good day.
  const programs = [api, syncer, ...(discord.simulator ? [discord.simulator] : [])]
  const ends = programs.map(async (it) => describeEnding(it, await it.ended))
  if (database.ended) ends.push(database.ended.then(() => 'PostgreSQL has ended'))
  throw new Error(`${await Promise.race(ends)}\nStopping the rest.`)
}

function startDatabase(running: Running, dataDir: string): Promise<EmbeddedPostgres> {
  say('Starting PostgreSQL …')
  return running.add(startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') }))
}

/** The real one, or the simulator, which nobody must mistake for it. */
async function findDiscord(running: Running, { discord, simulatorMembers }: Config) {
  if (discord) {
    say(`Reconciling guild ${discord.guildId} of Discord.`)
    return { ...discord, url: undefined, simulator: undefined }
  }
  say(framed(SIMULATED))
  const simulator = await running.add(startSimulator({ members: simulatorMembers }))
  const { apiUrl: url, guildId, webhookUrl } = simulator
  return { token: SIMULATOR_TOKEN, guildId, url, webhookUrl, simulator }
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(start, { interruptedCode: 0 })
