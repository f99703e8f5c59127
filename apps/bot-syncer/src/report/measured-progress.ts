import { NO_COUNTS, type SyncRunCounts } from '@rollcall/contract'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Progress } from './progress.js'

/** Seconds for one chunk, with the API's own retries. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Tells Prometheus what a person is shown: the counts of the run under way, and every chunk. */
export class MeasuredProgress {
  readonly #counts: Gauge<'count'>
  readonly #items: Counter<'verdict'>
  readonly #chunks: Histogram

  constructor(registry: Registry) {
    const registers = [registry]
    this.#counts = new Gauge({
      name: 'rollcall_syncer_run_counts',
      help: 'Counts of the run under way, or of the last one',
      labelNames: ['count'],
      registers,
    })
    this.#items = new Counter({
      name: 'rollcall_syncer_items_total',
      help: 'Changes that the API confirmed, by verdict',
      labelNames: ['verdict'],
      registers,
    })
    this.#chunks = new Histogram({
      name: 'rollcall_syncer_chunk_duration_seconds',
      help: 'From sending a chunk to its answer',
      buckets: BUCKETS,
      registers,
    })
    this.#show(NO_COUNTS)
  }

  /** The same progress, measured. */
  around(progress: Progress): Progress {
    return {
      show: (counts) => {
        this.#show(counts)
        progress.show(counts)
      },
      chunk: (counts, milliseconds) => {
        this.#chunks.observe(milliseconds / 1_000)
        for (const [verdict, count] of Object.entries(counts)) this.#items.inc({ verdict }, count)
        progress.chunk(counts, milliseconds)
      },
      stop: () => progress.stop(),
    }
  }

  #show(counts: Readonly<SyncRunCounts>): void {
    for (const [count, value] of Object.entries(counts)) this.#counts.set({ count }, value)
  }
}
