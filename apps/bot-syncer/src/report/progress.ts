import type { PatchMembersResponse, SyncRunCounts } from '@rollcall/contract'
import type { Logger } from 'pino'

/** What a run shows while it is under way. */
export interface Progress {
  show(counts: Readonly<SyncRunCounts>): void
  chunk(counts: PatchMembersResponse['counts'], milliseconds: number): void
  stop(): void
}

/** One line for every chunk. */
export class ProgressLines implements Progress {
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  show(): void {}

  chunk(counts: PatchMembersResponse['counts'], milliseconds: number): void {
    this.#log.info({ ...counts, milliseconds }, 'chunk applied')
  }

  stop(): void {}
}
