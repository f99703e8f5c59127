import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { type Api, startApi } from '../processes/api.js'
import { createToken, migrate } from '../processes/database.js'
import { freePort } from '../processes/free-port.js'
import type { Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN, type Simulator, startSimulator } from '../processes/simulator.js'
import { startSyncer } from '../processes/syncer.js'
import { temporaryFolder } from '../processes/temporary-folder.js'
import { SimulatedGuild } from '../simulated-guild.js'

/** A database with the tables and a key, and a guild that it knows nothing of; nothing of it stays. */
export interface Ground {
  readonly postgres: EmbeddedPostgres
  readonly simulator: Simulator
  readonly token: string
}

export async function layGround(
  running: Running,
  guild: { readonly members: number; readonly roles?: number },
): Promise<Ground> {
  const folder = await running.add(temporaryFolder('rollcall-'))
  const postgres = await running.add(startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres') }))
  await migrate(postgres.url)
  const token = await createToken(postgres.url, 'bot-syncer')
  const simulator = await running.add(startSimulator(guild))
  return { postgres, simulator, token }
}

/** The ground with an API on it, on free ports. */
export interface Scene extends Ground {
  readonly guild: SimulatedGuild
  readonly api: Api
  readonly databaseUrl: string
  /** Starts one reconcile. Its progress bar is shown when there is a terminal to show it on. */
  reconcile(): Program
}

/**
 * @param databaseUrl - another database than the ground's own, with the same key in it
 * @param entryPoint - another build of the API
 */
export async function openScene(
  running: Running,
  ground: Ground,
  databaseUrl = ground.postgres.url,
  entryPoint?: string,
): Promise<Scene> {
  const { simulator, token } = ground
  const { guildId, apiUrl, webhookUrl } = simulator
  const [port, managementPort] = [await freePort(), await freePort()]
  const api = await running.add(
    startApi({ entryPoint, port, managementPort, databaseUrl, homeGuildId: guildId, output: 'kept' }),
  )
  const reconcile = () =>
    startSyncer({
      discord: { token: SIMULATOR_TOKEN, guildId, url: apiUrl, webhookUrl },
      api: { url: api.url, token },
      output: process.stdout.isTTY ? 'terminal' : 'kept',
    })
  return { ...ground, guild: new SimulatedGuild(simulator), api, databaseUrl, reconcile }
}
