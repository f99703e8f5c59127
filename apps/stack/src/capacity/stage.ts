import { type Ground, layGround } from '../demo/scene.js'
import { type Api, type ApiOptions, startApi } from '../processes/api.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN } from '../processes/simulator.js'
import { type SyncerOptions, startSyncer } from '../processes/syncer.js'
import { temporaryFolder } from '../processes/temporary-folder.js'
import { SimulatedGuild } from '../simulated-guild.js'
import { OwnNode } from './own-node.js'

type Confined = Pick<ApiOptions, 'nodeFlags' | 'cgroup' | 'entryPoint'>

/** A guild and its mirror in Postgres, neither of them limited; API and syncer come and go. */
export class Stage {
  private constructor(
    readonly ground: Ground,
    readonly guild: SimulatedGuild,
    readonly nodes: Readonly<Record<'api' | 'syncer', OwnNode>>,
    readonly apiEntryPoint: string | undefined,
  ) {}

  /** @param apiEntryPoint - another build of the API, for what is measured */
  static async set(running: Running, members: number, apiEntryPoint?: string): Promise<Stage> {
    const ground = await layGround(running, { members })
    const { path } = await running.add(temporaryFolder('rollcall-node-'))
    const [api, syncer] = [await OwnNode.copyTo(path, 'api'), await OwnNode.copyTo(path, 'syncer')]
    return new Stage(ground, new SimulatedGuild(ground.simulator), { api, syncer }, apiEntryPoint)
  }

  /** @throws with its last words when it does not become ready */
  async startApi(running: Running, confined: Confined = {}): Promise<Api> {
    const { postgres, simulator } = this.ground
    const [port, managementPort] = [await freePort(), await freePort()]
    const own = { port, managementPort, databaseUrl: postgres.url, homeGuildId: simulator.guildId }
    return running.add(startApi({ ...own, output: 'kept', ...confined }))
  }

  async startSyncer(
    running: Running,
    api: Api,
    confined: Pick<SyncerOptions, 'nodeFlags' | 'cgroup'> = {},
  ): Promise<Program> {
    const { simulator, token } = this.ground
    const discord = { token: SIMULATOR_TOKEN, guildId: simulator.guildId, url: simulator.apiUrl }
    // A cell that failed must not make the next one wait.
    const syncer = { discord, api: { url: api.url, token }, args: ['--now'], output: 'kept' } as const
    return running.add(startSyncer({ ...syncer, ...confined }))
  }

  /** Makes the mirror equal to the guild, without limits. @throws with the syncer's last words when it cannot */
  async catchUp(running: Running): Promise<void> {
    const api = await this.startApi(running)
    const syncer = await this.startSyncer(running, api)
    const ending = await syncer.ended
    if (ending.code !== 0) throw new Error(describeEnding(syncer, ending))
    await api.stop()
  }
}
