import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { askSimulator } from '../ask-simulator.js'
import { type Api, startApi } from '../processes/api.js'
import { createToken, migrate } from '../processes/database.js'
import { startFollower } from '../processes/follower.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN, type Simulator, startSimulator } from '../processes/simulator.js'
import { temporaryFolder } from '../processes/temporary-folder.js'
import { cpuSecondsOfFamily } from '../processes/usage.js'
import { type Metrics, readMetrics, sumOf } from '../rig/metrics.js'
import { GatewayJournal } from './gateway-journal.js'
import type { LiveBenchOptions } from './options.js'

/** Of the simulator: what storms have changed is remembered, and so are the events that a resume would need. */
const SIMULATOR_HEAP_MIB = 424
/** Of events that a resume would need: of 288 shards with 10 events a second each, those of half a minute. */
const EVENT_LOG_BYTES = 67_108_864
const POLL_MS = 200

interface Follower {
  readonly program: Program
  readonly managementUrl: string
}

/** Postgres, the API, a Discord with very many guilds, and the syncers that follow them. */
export class LiveStage {
  readonly journal: GatewayJournal
  /** Those of processes that have ended are in it. */
  #syncerPeakMiB = 0
  /** Of syncers that have ended. */
  #endedCpuSeconds = 0
  readonly #followers = new Map<number, Follower>()

  private constructor(
    readonly running: Running,
    readonly options: LiveBenchOptions,
    readonly postgres: EmbeddedPostgres,
    readonly simulator: Simulator,
    readonly api: Api,
    readonly tokens: readonly string[],
  ) {
    this.journal = new GatewayJournal(simulator.controlUrl)
  }

  static async set(running: Running, options: LiveBenchOptions): Promise<LiveStage> {
    const { shards, guilds, concurrency, processes } = options
    const folder = await running.add(temporaryFolder('rollcall-'))
    const postgres = await running.add(startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres') }))
    await migrate(postgres.url)
    const tokens: string[] = []
    for (let ordinal = 0; ordinal < processes; ordinal++) {
      tokens.push(await createToken(postgres.url, `bot-syncer-${ordinal}`))
    }
    const args = ['--stubs', `${guilds}`, '--shards', `${shards}`, '--max-concurrency', `${concurrency}`]
    const nodeFlags = [`--max-old-space-size=${SIMULATOR_HEAP_MIB}`]
    const simulator = await running.add(startSimulator({ members: 10, roles: 5, args, nodeFlags }))
    await askSimulator('PATCH', `${simulator.controlUrl}/gateway`, { event_log_bytes: EVENT_LOG_BYTES })
    const [port, managementPort] = [await freePort(), await freePort()]
    const places = { port, managementPort, databaseUrl: postgres.url, homeGuildId: simulator.guildId }
    const api = await running.add(startApi({ ...places, output: 'kept' }))
    return new LiveStage(running, options, postgres, simulator, api, tokens)
  }

  async startFollower(ordinal: number): Promise<void> {
    const { shards, processes } = this.options
    const port = await freePort()
    const share = `${Math.ceil(shards / processes)}`
    const program = await this.running.add(
      startFollower({
        hostname: `syncer-${ordinal}`,
        discord: { token: SIMULATOR_TOKEN, url: this.simulator.apiUrl },
        api: { url: this.api.url, token: this.tokens[ordinal] ?? '' },
        env: { LOG_LEVEL: 'warn', MANAGEMENT_PORT: `${port}`, MAX_SHARDS: share },
      }),
    )
    this.#followers.set(ordinal, { program, managementUrl: `http://127.0.0.1:${port}` })
  }

  /** Asks it to end, and waits until it has. @throws when it did not end well */
  async stopFollower(ordinal: number): Promise<void> {
    const follower = this.#followers.get(ordinal)
    if (follower === undefined) return
    this.#notePeak(follower)
    const ending = await follower.program.stop()
    this.#followers.delete(ordinal)
    this.#endedCpuSeconds += follower.program.usage.cpuSeconds ?? 0
    if (ending.code !== 0) throw new Error(describeEnding(follower.program, ending))
  }

  /** Of the syncers that answer. One that has just been started does not yet. */
  async metrics(): Promise<Metrics[]> {
    const all = [...this.#followers.values()].map((it) => readMetrics(it.managementUrl).catch(() => undefined))
    return (await Promise.all(all)).filter((it) => it !== undefined)
  }

  /** @returns after how many seconds it held @throws with the last words of the syncers when it did not in time */
  async until(what: string, limitSeconds: number, holds: (all: readonly Metrics[]) => boolean | Promise<boolean>) {
    const startedMs = performance.now()
    const seconds = () => (performance.now() - startedMs) / 1_000
    while (!(await holds(await this.metrics()))) {
      if (seconds() > limitSeconds) throw new Error([`Not in ${limitSeconds} s: ${what}`, ...this.lastWords].join('\n'))
      await sleep(POLL_MS)
    }
    return seconds()
  }

  untilReady(limitSeconds: number): Promise<number> {
    const isReady = (all: readonly Metrics[]) => readyShards(all) === this.options.shards
    return this.until('every shard is ready', limitSeconds, isReady)
  }

  /** Nothing waits to be stored. */
  untilDrained(limitSeconds: number): Promise<number> {
    const isDrained = (all: readonly Metrics[]) =>
      all.length === this.options.processes && sumOf(all, /^rollcall_bound_size\{name="live_(events|requests)"/) === 0
    return this.until('everything is stored', limitSeconds, isDrained)
  }

  /** CPU seconds so far. */
  get meters(): Readonly<Record<'api' | 'syncers' | 'postgres' | 'simulator', () => number | undefined>> {
    const programs = () => [...this.#followers.values()].map(({ program }) => program.usage.cpuSeconds ?? 0)
    return {
      api: () => this.api.usage.cpuSeconds,
      syncers: () => programs().reduce((sum, it) => sum + it, this.#endedCpuSeconds),
      postgres: () => cpuSecondsOfFamily(this.postgres.pid),
      simulator: () => this.simulator.usage.cpuSeconds,
    }
  }

  /** The most that each process used of memory so far; of the syncers the largest. */
  get peaksMiB(): Readonly<Record<'api' | 'syncer' | 'simulator', number | undefined>> {
    for (const follower of this.#followers.values()) this.#notePeak(follower)
    const { api, simulator } = this
    return { api: api.usage.peakMiB, syncer: this.#syncerPeakMiB || undefined, simulator: simulator.usage.peakMiB }
  }

  get lastWords(): string[] {
    const programs = [this.api, this.simulator, ...[...this.#followers.values()].map((it) => it.program)]
    return programs.flatMap(({ name, lastLines }) => [`${name}:`, ...lastLines.slice(-5).map((it) => `  ${it}`)])
  }

  #notePeak({ program }: Follower): void {
    this.#syncerPeakMiB = Math.max(this.#syncerPeakMiB, program.usage.peakMiB ?? 0)
  }
}

export const readyShards = (all: readonly Metrics[]): number => sumOf(all, /^rollcall_live_shards\{state="ready"/)

/** Events that found no room, so that their guilds have to be reconciled. */
export const droppedEvents = (all: readonly Metrics[]): number =>
  sumOf(all, /^rollcall_bound_evictions_total\{name="live_events"/)
