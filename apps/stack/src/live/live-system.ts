import { LiveClient } from '@rollcall/contract'
import type { PrivateResolver } from '@rollcall/name-cache/testing'
import { layGround } from '../demo/scene.js'
import { startFollower } from '../processes/follower.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN } from '../processes/simulator.js'
import { Backend, type BackendWires, kill } from '../rig/backend.js'
import { FaultProxy } from '../rig/fault-proxy.js'
import { GatewayControl } from './gateway-control.js'
import { Sayings } from './sayings.js'

/** Each is written by itself, which takes long and shows little. */
const ROLES = 12
/** The first guild is so much larger than the others that a reconcile of it reads several pages. */
const LARGE = 10
/** Guilds in a row belong to shards in a row. @see https://discord.com/developers/docs/events/gateway#sharding */
const FIRST_GUILD_ID = 700_000_000_000_000_000n >> 22n

export interface LiveOptions {
  readonly guilds: number
  readonly members: number
  readonly shards: number
  /** Other builds than those of this checkout. */
  readonly builds: { readonly api: string | undefined; readonly syncer: string | undefined }
  /** Of every syncer. */
  readonly env?: Readonly<Record<string, string>>
  /** The syncers call Discord and the API by these names, which they ask this resolver for; by address without it. */
  readonly names?: { readonly discord: string; readonly api: string; readonly resolver: PrivateResolver }
  /** Of the simulated gateway. */
  readonly gateway?: Readonly<Record<string, unknown>>
}

interface LiveWires extends BackendWires {
  /** From the syncers to Discord, REST and gateway. */
  readonly discord: FaultProxy
}

/** The whole of Rollcall following guilds live: a {@link Backend}, and syncers that can be killed and come back. */
export class LiveSystem extends Backend {
  declare readonly wires: LiveWires
  readonly gateway = new GatewayControl(this.simulator.controlUrl)
  readonly sayings = new Sayings()
  /** By ordinal; also those that have ended. */
  readonly syncers = new Map<number, Program>()
  readonly guildIds: string[] = [this.simulator.guildId]
  /** On top of `options.env`, from the next start of a syncer on. */
  env: Readonly<Record<string, string>> = {}
  /** The names of the faults of the round, as they struck. */
  struck: string[] = []

  private constructor(
    readonly options: LiveOptions,
    ...backend: ConstructorParameters<typeof Backend>
  ) {
    super(...backend)
  }

  static async start(running: Running, options: LiveOptions): Promise<LiveSystem> {
    const { guilds, members, shards, builds, gateway } = options
    const ground = await layGround(running, { members: members * LARGE, roles: ROLES })
    const { port } = new URL(ground.simulator.controlUrl)
    const discord = await running.add(FaultProxy.start(Number(port)))
    const wires = { ...(await Backend.lay(running, ground)), discord }
    const system = new LiveSystem(options, running, ground, wires, builds.api)
    await system.startApi()
    await system.gateway.set({ shards, max_concurrency: 16, session_starts: 100_000, ...gateway })
    for (let index = 1; index < guilds; index++) {
      const guild_id = `${(FIRST_GUILD_ID + BigInt(index)) << 22n}`
      await system.gateway.ask('POST', '/guilds', { guild_id, members, seed: index + 1, roles: ROLES })
      system.guildIds.push(guild_id)
    }
    return system
  }

  get client(): LiveClient {
    return new LiveClient({ url: this.api.url, token: this.token, userAgent: 'rollcall-live-test' })
  }

  async startSyncer(ordinal = 0): Promise<Program> {
    const url = new URL(this.simulator.apiUrl)
    const { names } = this.options
    url.port = `${this.wires.discord.port}`
    if (names) url.hostname = names.discord
    const syncer = startFollower({
      entryPoint: this.options.builds.syncer,
      hostname: `syncer-${ordinal}`,
      discord: { token: SIMULATOR_TOKEN, url: url.href },
      api: { url: `http://${names?.api ?? '127.0.0.1'}:${this.wires.api.port}`, token: this.token },
      // What lasts long enough to need approval is no matter of following live.
      env: { DEPARTURE_GUARD_COUNT: '1000000', DEPARTURE_GUARD_SHARE: '1', ...this.options.env, ...this.env },
      resolver: names?.resolver,
      onLine: (line) => this.sayings.hear(line),
    })
    this.syncers.set(ordinal, syncer)
    this.watch(await this.running.add(syncer))
    return syncer
  }

  /** SIGKILL. @returns how many processes were killed */
  async killSyncer(ordinal = 0): Promise<number> {
    const syncer = this.#syncer(ordinal)
    this.killed(syncer)
    const hits = Number(kill(syncer))
    await this.steps.take(`end of the killed syncer ${ordinal}`, () => syncer.ended)
    return hits
  }

  /** SIGTERM. @returns 1, once it has given its shards back */
  async stopSyncer(ordinal = 0): Promise<number> {
    const syncer = this.#syncer(ordinal)
    this.killed(syncer)
    const ending = await this.steps.take(`end of the stopped syncer ${ordinal}`, () => syncer.stop())
    // One that has hardly begun does not listen for signals yet.
    const isTooYoung = ending.signal === 'SIGTERM' && syncer.lastLines.length <= 1
    if (ending.code !== 0 && !isTooYoung) this.deaths.push(`${describeEnding(syncer, ending)}\n  It was told to stop.`)
    return 1
  }

  #syncer(ordinal: number): Program {
    const syncer = this.syncers.get(ordinal)
    if (syncer === undefined) throw new Error(`Syncer ${ordinal} was not started`)
    return syncer
  }
}
