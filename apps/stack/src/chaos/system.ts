import { setTimeout as sleep } from 'node:timers/promises'
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
import { query } from './query.js'
import { Steps } from './steps.js'

/** Small, so that one run has many chunks that a fault can fall between. */
const CHUNK_SIZE = 100
/** Each is written by itself, which takes long and shows little. */
const ROLES = 40
const START_TRIES = 3
const POLL_MS = 100
/** A backend that says nothing is given up soon after this. */
const STATEMENT_TIMEOUT_MS = 2_000

export interface SystemOptions {
  readonly members: number
  /** Other builds than those of this checkout. */
  readonly builds: { readonly api: string | undefined; readonly syncer: string | undefined }
  /** A run of the syncer that takes longer hangs. */
  readonly runLimitMs: number
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
  /** What is waited for, each in bounded time. */
  readonly steps = new Steps()
  /** Of the last run. */
  syncer: Program | undefined
  /** The names of the faults of the last run, as they struck. */
  struck: string[] = []
  #onDeath: () => void = () => {}
  #repairs: Promise<void> = Promise.resolve()

  private constructor(
    readonly running: Running,
    readonly options: SystemOptions,
    readonly simulator: Simulator,
    readonly token: string,
    wires: System['wires'],
    public postgres: EmbeddedPostgres,
  ) {
    this.wires = wires
    this.guild = new SimulatedGuild(simulator)
  }

  #api: Api | undefined
  readonly #killed = new WeakSet<Program>()

  static async start(running: Running, options: SystemOptions): Promise<System> {
    const { postgres, simulator, token } = await layGround(running, { members: options.members, roles: ROLES })
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

  /** Also one that has ended; undefined before the first start. */
  get lastApi(): Api | undefined {
    return this.#api
  }

  /** Calls once something ends by itself. */
  onDeath(call: () => void): void {
    this.#onDeath = call
    if (this.deaths.length > 0) call()
  }

  /** Starts a run of the syncer. */
  async reconcile(): Promise<Program> {
    const { apiUrl: url, guildId } = this.simulator
    this.syncer = startSyncer({
      entryPoint: this.options.builds.syncer,
      discord: { token: SIMULATOR_TOKEN, guildId, url },
      api: { url: `http://127.0.0.1:${this.wires.api.port}`, token: this.token },
      args: ['--now'],
      output: 'kept',
      env: { CHUNK_SIZE: `${CHUNK_SIZE}` },
    })
    return this.running.add(this.syncer)
  }

  /** Kills the API and starts it anew. @returns how many processes were killed */
  killApi(): Promise<number> {
    return this.afterRepairs(async () => {
      const killed = this.api
      this.#killed.add(killed)
      const hits = Number(kill(killed))
      await this.steps.take('end of the killed API', () => killed.ended)
      await this.#startApi()
      return hits
    })
  }

  /** Kills the main process of Postgres, and starts it anew. @returns how many processes were killed */
  crashPostgres(): Promise<number> {
    return this.afterRepairs(async () => {
      const { dataDir } = this.postgres
      await this.steps.take('end of the killed Postgres', () => this.postgres.crash())
      this.postgres = await this.steps.take('start of Postgres', () =>
        this.running.add(startEmbeddedPostgres({ dataDir })),
      )
      this.wires.database.leadTo(this.postgres.port)
      return 1
    })
  }

  /** A server that lost a session to SIGKILL replays its log first. */
  async untilDatabaseAnswers(): Promise<void> {
    await this.steps.take('wait until Postgres answers', async () => {
      while (!(await query(this.databaseUrl, 'select 1').catch(() => undefined))) await sleep(POLL_MS)
    })
  }

  /** One repair at a time: what is being started cannot be killed yet. */
  afterRepairs<T>(repair: () => Promise<T>): Promise<T> {
    const repaired = this.#repairs.then(repair)
    this.#repairs = repaired.then(
      () => {},
      () => {},
    )
    return repaired
  }

  async #startApi(): Promise<void> {
    const api = await this.steps.take('start of the API', () => this.#listeningApi())
    this.#api = api
    this.wires.api.leadTo(Number(new URL(api.url).port))
    void api.ended.then((ending) => {
      if (this.#killed.has(api) || this.running.isStopping) return
      this.deaths.push(`${describeEnding(api, ending)}\n  Nobody had killed it.`)
      this.#onDeath()
    })
  }

  /** A port that was free may be taken a moment later: there are many connections on this machine. */
  async #listeningApi(): Promise<Api> {
    const url = new URL(this.postgres.url)
    url.port = `${this.wires.database.port}`
    for (let attempt = 1; ; attempt++) {
      const [port, managementPort] = [await freePort(), await freePort()]
      try {
        return await this.running.add(
          startApi({
            entryPoint: this.options.builds.api,
            port,
            managementPort,
            databaseUrl: url.href,
            homeGuildId: this.simulator.guildId,
            output: 'kept',
            env: { DATABASE_STATEMENT_TIMEOUT_MS: `${STATEMENT_TIMEOUT_MS}` },
          }),
        )
      } catch (error) {
        if (attempt === START_TRIES || !String(error).includes('taken already')) throw error
      }
    }
  }
}

/** Ends a process on the spot (SIGKILL). @returns whether it was still there */
export function kill({ usage: { pid } }: Program): boolean {
  try {
    return pid !== undefined && process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
