import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { layGround } from '../demo/scene.js'
import { type Api, startApi } from '../processes/api.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN, type Simulator } from '../processes/simulator.js'
import { startSyncer } from '../processes/syncer.js'
import { SimulatedGuild } from '../simulated-guild.js'
import { FaultProxy } from './fault-proxy.js'

/** Small, so that one run has many chunks that a fault can fall between. */
const CHUNK_SIZE = 250
/** A backend that says nothing is given up soon after this. */
const STATEMENT_TIMEOUT_MS = 2_000

export interface SystemOptions {
  readonly members: number
  /** Other builds than those of this checkout. */
  readonly builds: { readonly api: string | undefined; readonly syncer: string | undefined }
}

/**
 * The whole of Rollcall as processes, with a wire that can fail between syncer and API and another between API and
 * Postgres; each process can be killed and comes back.
 */
export class System {
  readonly guild: SimulatedGuild
  /** From the syncer to the API, and from the API to Postgres. */
  readonly wires: { readonly api: FaultProxy; readonly database: FaultProxy }
  /** What ended although nobody had killed it. */
  readonly deaths: string[] = []
  #onDeath: () => void = () => {}
  #repairs: Promise<void> = Promise.resolve()

  private constructor(
    readonly running: Running,
    readonly options: SystemOptions,
    readonly simulator: Simulator,
    readonly token: string,
    wires: System['wires'],
    private postgres: EmbeddedPostgres,
  ) {
    this.wires = wires
    this.guild = new SimulatedGuild(simulator)
  }

  #api: Api | undefined

  static async start(running: Running, options: SystemOptions): Promise<System> {
    const { postgres, simulator, token } = await layGround(running, { members: options.members })
    const wires = {
      database: await running.add(FaultProxy.start(postgres.port)),
      // Nobody listens there until the API is started.
      api: await running.add(FaultProxy.start(await freePort())),
    }
    const system = new System(running, options, simulator, token, wires, postgres)
    await system.#startApi()
    return system
  }

  /** Past the wires, for those who look on. */
  get databaseUrl(): string {
    return this.postgres.url
  }

  get api(): Api {
    if (this.#api === undefined) throw new Error('The API was not started')
    return this.#api
  }

  /** Calls once something ends by itself. */
  onDeath(call: () => void): void {
    this.#onDeath = call
    if (this.deaths.length > 0) call()
  }

  reconcile(): Program {
    const { apiUrl: url, guildId } = this.simulator
    return startSyncer({
      entryPoint: this.options.builds.syncer,
      discord: { token: SIMULATOR_TOKEN, guildId, url },
      api: { url: `http://127.0.0.1:${this.wires.api.port}`, token: this.token },
      args: ['--now'],
      output: 'kept',
      env: { CHUNK_SIZE: `${CHUNK_SIZE}` },
    })
  }

  /** Kills the API and starts it anew. */
  killApi(): Promise<void> {
    return this.#afterRepairs(async () => {
      const killed = this.api
      this.#api = undefined
      kill(killed)
      await killed.ended
      await this.#startApi()
    })
  }

  /** Kills Postgres as a power cut would, and starts it anew. */
  crashPostgres(): Promise<void> {
    return this.#afterRepairs(async () => {
      const { dataDir, port } = this.postgres
      await this.postgres.crash()
      this.postgres = await this.running.add(startEmbeddedPostgres({ dataDir, port }))
    })
  }

  /** One repair at a time: what is being started cannot be killed yet. */
  #afterRepairs(repair: () => Promise<void>): Promise<void> {
    const repaired = this.#repairs.then(repair)
    this.#repairs = repaired.catch(() => {})
    return repaired
  }

  async #startApi(): Promise<void> {
    const url = new URL(this.postgres.url)
    url.port = `${this.wires.database.port}`
    const api = await this.running.add(
      startApi({
        entryPoint: this.options.builds.api,
        port: await freePort(),
        managementPort: await freePort(),
        databaseUrl: url.href,
        homeGuildId: this.simulator.guildId,
        output: 'kept',
        env: { DATABASE_STATEMENT_TIMEOUT_MS: `${STATEMENT_TIMEOUT_MS}` },
      }),
    )
    this.#api = api
    this.wires.api.leadTo(Number(new URL(api.url).port))
    void api.ended.then((ending) => {
      if (this.#api !== api || this.running.isStopping) return
      this.deaths.push(`${describeEnding(api, ending)}\n  Nobody had killed it.`)
      this.#onDeath()
    })
  }
}

/** Ends a process on the spot (SIGKILL). */
export function kill({ usage: { pid } }: Program): void {
  if (pid === undefined) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
