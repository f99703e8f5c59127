import { setTimeout as sleep } from 'node:timers/promises'
import { encodePatch, MAX_MEMBERS_PER_REQUEST, RollcallClient, stampOf } from '@rollcall/contract'
import type { Client } from 'pg'
import { withClient } from '../rig/query.js'
import type { System } from './system.js'

/** Another guild than the one that is reconciled. */
const GUILD_ID = 900_000_000_000_000_000n
const WRITE_PAUSE_MS = 150
const TRANSACT_PAUSE_MS = 20
const LOOK_PAUSE_MS = 20
const VIOLATIONS_TOLD = 3

const VERSIONS = `
select count(*)::int as members, count(distinct display_name)::int as versions, min(display_name)::int as oldest
from member where guild_id = $1`

interface Seen {
  readonly members: number
  readonly versions: number
  readonly oldest: number
}

/**
 * Watches over the chunk: as long as it runs, it writes one full chunk after the other to the same members, each with the
 * next number as everybody's display name, whatever else goes on; and looks into the table all the while. At no moment may
 * two numbers be seen there, nor one that is older than the last that was confirmed.
 */
export class ChunkWriter {
  readonly violations: string[] = []
  confirmed = 0
  /** In the past, so that no chunk's stamp lies in the future. */
  readonly #firstStampMs = Date.now() - 3_600_000
  #sent = 0
  #isOver = false
  #work: Promise<unknown> = Promise.resolve()

  constructor(readonly system: System) {}

  async start(): Promise<void> {
    await this.#client().putGuild(GUILD_ID, { name: 'Chunks', observed_at: stampOf(Date.now()) })
    await this.#write()
    this.#work = Promise.all([
      this.#repeat(() => this.#write(), WRITE_PAUSE_MS),
      this.#repeat(() => this.#transact(), TRANSACT_PAUSE_MS),
      this.#watch(),
    ])
  }

  /** Ends the writing and looks for a last time. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
    await withClient(this.system.databaseUrl, (client) => this.#look(client))
  }

  /** What fails here fails because of the faults; what counts is what is in the table. */
  async #repeat(work: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.#isOver) {
      await work().catch(() => {})
      await sleep(pauseMs)
    }
  }

  /** Over one connection for as long as it lasts. */
  async #watch(): Promise<void> {
    await this.#repeat(
      () => withClient(this.system.databaseUrl, (client) => this.#repeatedly(() => this.#look(client))),
      LOOK_PAUSE_MS,
    )
  }

  async #repeatedly(work: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await work()
      await sleep(LOOK_PAUSE_MS)
    }
  }

  async #write(): Promise<void> {
    const number = ++this.#sent
    const patch = { name: 'chunk', display_name: `${number}`, discriminator: 0, roles: [], in_guild: true }
    const chunk = Array.from({ length: MAX_MEMBERS_PER_REQUEST }, (_, at) =>
      encodePatch({ id: BigInt(at + 1), ...patch }),
    )
    // Milliseconds apart, whatever the clock does.
    const observedAt = stampOf(this.#firstStampMs + number)
    const { counts } = await this.#client().patchMembers(GUILD_ID, chunk, { observedAt })
    if (counts.applied === chunk.length) this.confirmed = number
    else this.#note(`${counts.applied} items of a chunk of ${chunk.length} were applied`)
  }

  /** Several statements over one connection: it is checked out between them, when a fault may strike it too. */
  async #transact(): Promise<void> {
    await this.#client().startSyncRun(GUILD_ID, { now: true })
  }

  async #look(client: Client): Promise<void> {
    const { confirmed } = this
    const { rows } = await client.query<Seen>(VERSIONS, [GUILD_ID])
    const [seen] = rows
    if (seen === undefined) throw new Error('The table tells nothing')
    if (seen.members !== MAX_MEMBERS_PER_REQUEST) this.#note(`${seen.members} members were written by a chunk`)
    if (seen.versions > 1)
      this.#note(`a chunk was half applied: ${seen.versions} versions of its members were seen at once`)
    if (seen.oldest < confirmed) this.#note(`chunk ${confirmed} was confirmed, and ${seen.oldest} is in the table`)
  }

  #note(violation: string): void {
    if (this.violations.length < VIOLATIONS_TOLD && !this.violations.includes(violation))
      this.violations.push(violation)
  }

  /** Straight to the API, which may be another one by now. */
  #client(): RollcallClient {
    const { api, token } = this.system
    return new RollcallClient({ url: api.url, token, retries: [], timeoutMs: 5_000, userAgent: 'rollcall-chaos' })
  }
}
