import { RollcallClient, type SyncRun } from '@rollcall/contract'
import { createDatabase, databaseUrl } from '@rollcall/embedded-postgres'
import { type Containers, createContainers } from '../cgroup/containers.js'
import { type Ground, layGround } from '../demo/scene.js'
import { latestRun } from '../ledger.js'
import { compareMirror } from '../mirror/compare-mirror.js'
import { type Api, startApi } from '../processes/api.js'
import { createToken } from '../processes/database.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN } from '../processes/simulator.js'
import { startSyncer } from '../processes/syncer.js'
import { cpuSecondsOfFamily } from '../processes/usage.js'
import { SimulatedGuild } from '../simulated-guild.js'
import { ChangedRows, type MemberRow } from './changed-rows.js'
import { Floor } from './floor.js'
import { type Measurement, measure } from './measurement.js'

export interface Reconciled {
  readonly measurement: Measurement
  /** As the ledger has it. */
  readonly run: SyncRun
}

/**
 * A guild, its mirror, and a floor beside the mirror: the same tables in another database of the same server. API and syncer
 * run within their limits where the system can enforce them.
 */
export class Stage {
  readonly guild: SimulatedGuild
  readonly floor: Floor
  readonly #rows = new ChangedRows()
  readonly #peaks: Record<'api' | 'syncer', number | undefined> = { api: undefined, syncer: undefined }
  #api: Api | undefined

  private constructor(
    readonly running: Running,
    readonly ground: Ground,
    readonly readerToken: string,
    readonly containers: Containers | undefined,
    floorUrl: string,
  ) {
    this.guild = new SimulatedGuild(ground.simulator)
    this.floor = new Floor(floorUrl, ground.simulator.guildId)
  }

  static async set(running: Running, members: number): Promise<Stage> {
    const ground = await layGround(running, { members })
    const { url } = ground.postgres
    const readerToken = await createToken(url, 'reader')
    // Postgres copies a database only while nobody is connected to it.
    const template = new URL(url).pathname.slice(1)
    const floorUrl = await createDatabase(databaseUrl(url, 'postgres'), 'floor', { template })
    return new Stage(running, ground, readerToken, await createContainers(running), floorUrl)
  }

  get api(): Api {
    if (this.#api === undefined) throw new Error('The API has not been started')
    return this.#api
  }

  get guildId(): bigint {
    return BigInt(this.ground.simulator.guildId)
  }

  /** What has changed in the guild since the last time, a thousand members at a time. */
  changedRows(): Promise<MemberRow[][]> {
    const { controlUrl, guildId } = this.ground.simulator
    return this.#rows.read(controlUrl, guildId)
  }

  /** Of all members. */
  get memberIds(): string[] {
    return this.#rows.ids
  }

  get client(): RollcallClient {
    return new RollcallClient({ url: this.api.url, token: this.ground.token })
  }

  async startApi(): Promise<void> {
    const [port, managementPort] = [await freePort(), await freePort()]
    const { postgres, simulator } = this.ground
    const places = { port, managementPort, databaseUrl: postgres.url, homeGuildId: simulator.guildId }
    this.#api = await this.running.add(startApi({ ...places, output: 'kept', cgroup: this.containers?.api }))
  }

  async stopApi(): Promise<void> {
    this.#notePeak('api', this.api)
    await this.api.stop()
  }

  /** A role that an admin could delete, and that not everybody has. */
  async rareRole(): Promise<string> {
    const { members_role_id } = await this.guild.state()
    const id = (await this.guild.deletableRoles()).findLast((role) => role !== members_role_id)
    if (id === undefined) throw new Error('The guild has no role that could be given to members and deleted')
    return id
  }

  /** One run of the syncer, from the start of its process to its exit. @throws with its last words when it fails */
  async reconcile(): Promise<Reconciled> {
    const { simulator, postgres, token } = this.ground
    const { guildId, apiUrl: url, webhookUrl } = simulator
    let syncer: Program | undefined
    const meters = {
      api: () => this.api.usage.cpuSeconds,
      syncer: () => (syncer === undefined ? 0 : syncer.usage.cpuSeconds),
      postgres: () => cpuSecondsOfFamily(postgres.pid),
      simulator: () => simulator.usage.cpuSeconds,
    }
    const { measurement } = await measure(meters, async () => {
      const discord = { token: SIMULATOR_TOKEN, guildId, url, webhookUrl }
      const api = { url: this.api.url, token }
      syncer = await this.running.add(startSyncer({ discord, api, output: 'kept', cgroup: this.containers?.syncer }))
      const ending = await syncer.ended
      if (ending.code !== 0) throw new Error(describeEnding(syncer, ending))
    })
    this.#notePeak('api', this.api)
    if (syncer) this.#notePeak('syncer', syncer)
    return { measurement, run: await latestRun({ url: this.api.url, token }, guildId) }
  }

  /** @throws when mirror and guild are not equal, row by row */
  async requireTrue(): Promise<void> {
    const { controlUrl, guildId } = this.ground.simulator
    const { differences, told } = await compareMirror({ databaseUrl: this.ground.postgres.url, controlUrl, guildId })
    if (differences > 0) throw new Error(`${differences} differences from the guild: ${told.join('; ')}`)
  }

  /** The most that each process used of memory so far; undefined where the system does not tell. */
  get peaksMiB(): Readonly<Record<'api' | 'syncer', number | undefined>> {
    return { ...this.#peaks }
  }

  /** Undefined where nothing is enforced. */
  get oomKills(): number | undefined {
    return this.containers && this.containers.api.usage().oomKills + this.containers.syncer.usage().oomKills
  }

  #notePeak(name: 'api' | 'syncer', { usage }: Program): void {
    this.#peaks[name] = Math.max(this.#peaks[name] ?? 0, usage.peakMiB ?? 0) || undefined
  }
}

/** @throws when a piece of work did not do all that there was to do: its time would mean nothing */
export function requireEqual(what: string, done: number, expected: number): void {
  if (done !== expected) throw new Error(`${what}: ${done} instead of ${expected}`)
}
