/** Beyond it, a rise by chance is rarer than one in a thousand. */
const SIGNIFICANT_Z = 3.09

export interface Trend {
  /** Per step, robust against outliers. */
  readonly slope: number
  /** Of the Mann–Kendall test: how many standard deviations the order of the values is from none. */
  readonly z: number
  readonly isRising: boolean
}

/**
 * Whether a series rises, and how fast: the median of the slopes of all pairs (Theil–Sen), and whether more pairs rise than
 * chance explains (Mann–Kendall, without a correction for ties, which makes it the more careful). Quadratic in their number.
 *
 * @see https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator
 * @see https://en.wikipedia.org/wiki/Kendall_rank_correlation_coefficient#Hypothesis_test
 */
export function trendOf(values: readonly number[]): Trend {
  const slopes: number[] = []
  let balance = 0
  values.forEach((later, j) => {
    values.slice(0, j).forEach((earlier, i) => {
      slopes.push((later - earlier) / (j - i))
      balance += Math.sign(later - earlier)
    })
  })
  const count = values.length
  const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18)
  const z = deviation === 0 ? 0 : (balance - Math.sign(balance)) / deviation
  return { slope: medianOf(slopes), z, isRising: z > SIGNIFICANT_Z }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2
}
