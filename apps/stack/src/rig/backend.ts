import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import type { Ground } from '../demo/scene.js'
import { type Api, startApi } from '../processes/api.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import type { Simulator } from '../processes/simulator.js'
import { FaultProxy } from './fault-proxy.js'
import { query } from './query.js'
import { Steps } from './steps.js'

const START_TRIES = 3
const POLL_MS = 100
/** A backend that says nothing is given up soon after this. */
const STATEMENT_TIMEOUT_MS = 2_000

export interface BackendWires {
  /** To the API, and from the API to Postgres. */
  readonly api: FaultProxy
  readonly database: FaultProxy
}

/**
 * The API and its Postgres as processes, with a wire that can fail between them and another in front; each can be killed and
 * comes back.
 */
export class Backend {
  /** What ended although nobody had killed it. */
  readonly deaths: string[] = []
  /** What is waited for, each in bounded time. */
  readonly steps = new Steps()
  readonly simulator: Simulator
  readonly token: string
  postgres: EmbeddedPostgres
  #api: Api | undefined
  readonly #killed = new WeakSet<Program>()
  #onDeath: () => void = () => {}
  #repairs: Promise<void> = Promise.resolve()

  /** @param apiBuild - another build of the API than that of this checkout */
  constructor(
    readonly running: Running,
    { postgres, simulator, token }: Ground,
    readonly wires: BackendWires,
    readonly apiBuild: string | undefined,
  ) {
    this.simulator = simulator
    this.token = token
    this.postgres = postgres
  }

  /** Nobody listens behind the wire of the API until it is started. */
  static async lay(running: Running, { postgres }: Ground): Promise<BackendWires> {
    return {
      database: await running.add(FaultProxy.start(postgres.port)),
      api: await running.add(FaultProxy.start(await freePort())),
    }
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

  /** From now on it is a fault when the program ends, unless {@link killed} has been told. */
  watch(program: Program): void {
    void program.ended.then((ending) => {
      if (this.#killed.has(program) || this.running.isStopping) return
      this.deaths.push(`${describeEnding(program, ending)}\n  Nobody had killed it.`)
      this.#onDeath()
    })
  }

  /** The program may end. */
  killed(program: Program): void {
    this.#killed.add(program)
  }

  /** Kills the API and starts it anew. @returns how many processes were killed */
  killApi(): Promise<number> {
    return this.afterRepairs(async () => {
      const killed = this.api
      this.killed(killed)
      const hits = Number(kill(killed))
      await this.steps.take('end of the killed API', () => killed.ended)
      await this.startApi()
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

  async startApi(): Promise<void> {
    const api = await this.steps.take('start of the API', () => this.#listeningApi())
    this.#api = api
    this.wires.api.leadTo(Number(new URL(api.url).port))
    this.watch(api)
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
            entryPoint: this.apiBuild,
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
