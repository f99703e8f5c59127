import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import type { Containers } from '../cgroup/containers.js'
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
  /** Starts one reconcile. Its progress bar is shown when there is a terminal to show it on. */
  reconcile(): Program
}

/** @param options - another build of the API than this checkout's, and limits that are enforced */
export async function openScene(
  running: Running,
  ground: Ground,
  options: { readonly entryPoint?: string | undefined; readonly containers?: Containers | undefined } = {},
): Promise<Scene> {
  const { entryPoint, containers } = options
  const { postgres, simulator, token } = ground
  const { guildId, apiUrl, webhookUrl } = simulator
  const [port, managementPort] = [await freePort(), await freePort()]
  const places = { port, managementPort, databaseUrl: postgres.url, homeGuildId: guildId }
  const api = await running.add(startApi({ entryPoint, ...places, output: 'kept', cgroup: containers?.api }))
  const reconcile = () =>
    startSyncer({
      discord: { token: SIMULATOR_TOKEN, guildId, url: apiUrl, webhookUrl },
      api: { url: api.url, token },
      cgroup: containers?.syncer,
      output: process.stdout.isTTY ? 'terminal' : 'kept',
    })
  return { ...ground, guild: new SimulatedGuild(simulator), api, reconcile }
}
