import type { SyncRunCounts } from '@rollcall/contract'
import { Presets, SingleBar } from 'cli-progress'
import type { Progress } from './progress.js'

/** A bar of members read against members expected, with rate and remaining time, for a person at a terminal. */
export class ProgressBar implements Progress {
  readonly #bar: SingleBar
  readonly #clock: () => number
  readonly #startedAtMs: number

  constructor(stream: NodeJS.WritableStream, clock: () => number) {
    this.#clock = clock
    this.#startedAtMs = clock()
    const format =
      'members {bar} {percentage} % | {value}/{total} | {rate}/s | ETA {eta_formatted} | {done} of {changes} changes'
    this.#bar = new SingleBar({ format, stream, hideCursor: true, etaBuffer: 20 }, Presets.shades_classic)
  }

  show({ members_expected, members_read, done, total }: Readonly<SyncRunCounts>): void {
    // Nothing can be said of a rate before the first page.
    if (members_read === 0) return
    const seconds = Math.max(0.001, (this.#clock() - this.#startedAtMs) / 1_000)
    const payload = { rate: Math.round(members_read / seconds), done, changes: total }
    if (!this.#bar.isActive) this.#bar.start(Math.max(members_expected, 1), 0, payload)
    this.#bar.update(members_read, payload)
  }

  chunk(): void {}

  stop(): void {
    this.#bar.stop()
  }
}
