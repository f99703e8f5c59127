import { layGround } from '../demo/scene.js'
import type { Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN } from '../processes/simulator.js'
import { startSyncer } from '../processes/syncer.js'
import { Backend } from '../rig/backend.js'
import { SimulatedGuild } from '../simulated-guild.js'

/** Small, so that one run has many chunks that a fault can fall between. */
const CHUNK_SIZE = 100
/** Each is written by itself, which takes long and shows little. */
const ROLES = 40

export interface SystemOptions {
  readonly members: number
  /** Other builds than those of this checkout. */
  readonly builds: { readonly api: string | undefined; readonly syncer: string | undefined }
  /** A run of the syncer that takes longer hangs. */
  readonly runLimitMs: number
}

/** The whole of Rollcall as processes: a {@link Backend}, and a syncer that reconciles one guild of the simulator. */
export class System extends Backend {
  readonly guild = new SimulatedGuild(this.simulator)
  /** Of the last run. */
  syncer: Program | undefined
  /** The names of the faults of the last run, as they struck. */
  struck: string[] = []

  private constructor(
    readonly options: SystemOptions,
    ...backend: ConstructorParameters<typeof Backend>
  ) {
    super(...backend)
  }

  static async start(running: Running, options: SystemOptions): Promise<System> {
    const ground = await layGround(running, { members: options.members, roles: ROLES })
    const wires = await Backend.lay(running, ground)
    const system = new System(options, running, ground, wires, options.builds.api)
    await system.startApi()
    return system
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
}
