import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../rig/random.js'
import { GuildEditor } from './guild-editor.js'
import type { LiveSystem } from './live-system.js'

/** Edits guilds for as long as it takes. */
export class Editing {
  readonly #system: LiveSystem
  readonly #editor: GuildEditor
  readonly #pauseMs: number
  #isOver = false
  #work: Promise<void> = Promise.resolve()

  /** @param pauseMs - after each edit */
  constructor(system: LiveSystem, seed: number, pauseMs = 0) {
    this.#pauseMs = pauseMs
    this.#system = system
    this.#editor = new GuildEditor(system.gateway, new Random(seed))
  }

  get edits(): number {
    return this.#editor.edits
  }

  start(): void {
    this.#work = this.#run()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#editor.edit(this.#system.guildIds)
      if (this.#pauseMs > 0) await sleep(this.#pauseMs)
    }
  }
}
