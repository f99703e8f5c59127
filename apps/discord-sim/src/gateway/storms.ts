import { ConflictError } from '../conflict-error.js'
import type { Guild } from '../guild/guild.js'
import { hash32, SALT } from '../guild/hash.js'
import type { Simulator } from '../simulator.js'
import { disturbMember } from './disturb-member.js'

const TICK_MS = 20
const MAX_STORMS = 20
/** Edits in one go, so that sockets and timers get their turn however high the rate is. */
const MAX_EDITS_PER_TICK = 2_000

export interface StormPlan {
  readonly events_per_second: number
  readonly seconds: number
  /** One guild, or so many stubs. */
  readonly guild_id?: string | undefined
  readonly stubs?: number | undefined
  /** `update` changes members; `mixed` lets two in ten leave or join instead. */
  readonly kind: 'update' | 'mixed'
  readonly seed: number
}

export interface Storm extends StormPlan {
  readonly id: number
  edits: number
  /** Why it ended before its time. */
  error: string | null
  running: boolean
}

/** Many edits of members at a steady rate. They are real: the truth changes with every single one. */
export class Storms {
  readonly #storms: { storm: Storm; timer: NodeJS.Timeout }[] = []
  #lastId = 0

  constructor(readonly simulator: Simulator) {}

  get list(): readonly Storm[] {
    return this.#storms.map(({ storm }) => storm)
  }

  /** @throws {@link ConflictError} when too many storms rage */
  start(plan: StormPlan): Storm {
    if (this.list.filter((it) => it.running).length >= MAX_STORMS)
      throw new ConflictError(`At most ${MAX_STORMS} storms at one time`)
    this.#lastId += 1
    const storm: Storm = { ...plan, id: this.#lastId, edits: 0, error: null, running: true }
    const startMs = performance.now()
    const timer = setInterval(() => {
      const dueSeconds = Math.min(plan.seconds, (performance.now() - startMs) / 1_000)
      this.#catchUp(storm, Math.floor(dueSeconds * plan.events_per_second))
      if (storm.edits >= Math.floor(plan.seconds * plan.events_per_second)) storm.running = false
      if (!storm.running) clearInterval(timer)
    }, TICK_MS)
    this.#storms.push({ storm, timer })
    if (this.#storms.length > 2 * MAX_STORMS)
      this.#storms.splice(
        this.#storms.findIndex((it) => !it.storm.running),
        1,
      )
    return storm
  }

  stopAll(): void {
    for (const { storm, timer } of this.#storms) {
      clearInterval(timer)
      storm.running = false
    }
  }

  #catchUp(storm: Storm, due: number): void {
    try {
      for (let edits = 0; edits < MAX_EDITS_PER_TICK && storm.edits < due; edits++) {
        const draw = hash32(storm.seed, storm.edits, SALT.storm)
        disturbMember(this.#guildOf(storm, draw), hash32(storm.seed, draw, SALT.storm), storm.kind)
        storm.edits += 1
      }
    } catch (error) {
      storm.running = false
      storm.error = String(error)
    }
  }

  #guildOf({ guild_id, stubs: count = 0 }: Storm, draw: number): Guild {
    const { stubs } = this.simulator
    const index = Math.floor(((draw % count) * stubs.count) / count)
    const guild = this.simulator.guildOf(guild_id ?? stubs.idAt(index))
    if (guild === undefined) throw new ConflictError(`No guild ${guild_id ?? `among ${stubs.count} stubs`}`)
    return guild
  }
}
