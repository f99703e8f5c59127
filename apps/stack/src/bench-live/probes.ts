import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { z } from 'zod'
import { askSimulator } from '../ask-simulator.js'
import { guildMembers } from '../mirror/guild-side.js'
import type { LiveStage } from './live-stage.js'

const PROBES_AT_A_TIME = 4
const MEMBERS_PER_GUILD = 5
const POLL_MS = 10
const PAUSE_MS = 100
/** What has not arrived by then counts as this late. */
const LIMIT_MS = 30_000

const Stubs = z.object({ first_ids: z.array(z.string()) })

interface Target {
  readonly guildId: string
  readonly memberId: string
}

/**
 * Single edits whose way is timed from the outside: from the moment at which the simulator is asked for them until they are
 * to be seen in the table. Each in its turn is given to a member whom no storm is likely to meet.
 */
export class Probes {
  readonly #lagsMs: number[] = []
  #isOver = false
  #work: Promise<unknown> = Promise.resolve()

  private constructor(
    readonly stage: LiveStage,
    readonly targets: readonly Target[],
  ) {}

  static async start(stage: LiveStage): Promise<Probes> {
    const { controlUrl } = stage.simulator
    const { first_ids } = Stubs.parse(await askSimulator('GET', `${controlUrl}/stubs`))
    const targets: Target[] = []
    for (const guildId of first_ids.slice(1)) {
      let taken = 0
      for await (const { user } of guildMembers(controlUrl, guildId)) {
        if (taken++ === MEMBERS_PER_GUILD) break
        targets.push({ guildId, memberId: user.id })
      }
    }
    const probes = new Probes(stage, targets)
    const lanes = Array.from({ length: PROBES_AT_A_TIME }, (_, lane) => probes.#probe(lane))
    probes.#work = Promise.all(lanes)
    probes.#work.catch(() => {})
    return probes
  }

  /** @returns how late each was seen, in milliseconds */
  async stop(): Promise<number[]> {
    this.#isOver = true
    await this.#work
    return this.#lagsMs
  }

  /** Every fourth target is this lane's, so that no two probes meet. */
  async #probe(lane: number): Promise<void> {
    const own = this.targets.filter((_, place) => place % PROBES_AT_A_TIME === lane)
    const client = new Client({ connectionString: this.stage.postgres.url })
    await client.connect()
    try {
      for (let number = 0; !this.#isOver && own.length > 0; number++) {
        this.#lagsMs.push(await this.#timed(client, own[number % own.length] as Target, `probe ${number}`))
        await sleep(PAUSE_MS)
      }
    } finally {
      await client.end()
    }
  }

  async #timed(client: Client, { guildId, memberId }: Target, nick: string): Promise<number> {
    const startedMs = performance.now()
    const lateMs = () => performance.now() - startedMs
    const url = `${this.stage.simulator.controlUrl}/guilds/${guildId}/members/${memberId}`
    await askSimulator('PATCH', url, { nick })
    const seen = async () => {
      const text = 'select 1 from member where guild_id = $1 and id = $2 and display_name = $3'
      return (await client.query(text, [guildId, memberId, nick])).rowCount === 1
    }
    while (!(await seen()) && lateMs() < LIMIT_MS) await sleep(POLL_MS)
    return lateMs()
  }
}
