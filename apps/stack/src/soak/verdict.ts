import { trendOf } from './trend.js'

/** What is filled once and then kept: pools, compiled functions, caches up to their bounds. */
const WARM_UP_SHARE = 0.5

export interface Soaked {
  /** What leaks, if something does: `API`. */
  readonly name: string
  /** Of what there were many between two samples: `request`. */
  readonly unit: string
  /** Bytes in use, at even distances. */
  readonly samples: readonly number[]
  readonly unitsPerSample: number
  /** Bytes per unit that are no leak. */
  readonly tolerate: number
}

export interface Verdict {
  readonly isLeak: boolean
  /** One line, with the figures. */
  readonly text: string
}

/** Judges the second half: a leak goes on there, what only warms up has come to rest, or nearly so. */
export function verdictOf({ name, unit, samples, unitsPerSample, tolerate }: Soaked): Verdict {
  const { slope, z, isRising } = trendOf(samples.slice(Math.floor(samples.length * WARM_UP_SHARE)))
  const bytes = slope / unitsPerSample
  const isLeak = isRising && bytes > tolerate
  const facts = `${bytes.toFixed(1)} bytes a ${unit} (Theil–Sen), z ${z.toFixed(1)} (Mann–Kendall), ${tolerate} tolerated`
  return { isLeak, text: `${isLeak ? 'LEAK' : 'no leak'} in the ${name}: ${facts}` }
}
