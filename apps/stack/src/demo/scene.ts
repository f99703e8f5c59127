import { startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { type Api, startApi } from '../processes/api.js'
import { createToken, migrate } from '../processes/database.js'
import { freePort } from '../processes/free-port.js'
import type { Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN, type Simulator, startSimulator } from '../processes/simulator.js'
import { startSyncer } from '../processes/syncer.js'
import { SimulatedGuild } from '../simulated-guild.js'

/** A whole installation for an evening: Postgres, API and Discord on free ports; nothing of it stays. */
export interface Scene {
  readonly guild: SimulatedGuild
  readonly simulator: Simulator
  readonly api: Api
  readonly token: string
  readonly databaseUrl: string
  readonly postgresPid: number
  /** Starts one reconcile. Its progress bar is shown when there is a terminal to show it on. */
  reconcile(): Program
}

export async function setScene(
  running: Running,
  { dataDir, members }: { dataDir: string; members: number },
): Promise<Scene> {
  const postgres = await running.add(startEmbeddedPostgres({ dataDir }))
  const databaseUrl = postgres.url
  await migrate(databaseUrl)
  const token = await createToken(databaseUrl, 'bot-syncer')
  const simulator = await running.add(startSimulator({ members }))
  const { guildId, apiUrl, webhookUrl } = simulator
  const api = await running.add(startApiOnFreePorts(databaseUrl, guildId))
  const reconcile = () =>
    startSyncer({
      discord: { token: SIMULATOR_TOKEN, guildId, url: apiUrl, webhookUrl },
      api: { url: api.url, token },
      output: process.stdout.isTTY ? 'terminal' : 'kept',
    })
  return {
    guild: new SimulatedGuild(simulator),
    simulator,
    api,
    token,
    databaseUrl,
    postgresPid: postgres.pid,
    reconcile,
  }
}

export async function startApiOnFreePorts(databaseUrl: string, homeGuildId: string): Promise<Api> {
  const [port, managementPort] = [await freePort(), await freePort()]
  return startApi({ port, managementPort, databaseUrl, homeGuildId, output: 'kept' })
}
