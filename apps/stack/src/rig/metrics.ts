/** What a process shows to Prometheus at one moment: `name{labels}` and its value. */
export type Metrics = ReadonlyMap<string, number>

/** @throws when the process does not answer */
export async function readMetrics(managementUrl: string): Promise<Metrics> {
  const response = await fetch(`${managementUrl}/metrics`, { signal: AbortSignal.timeout(10_000) })
  const metrics = new Map<string, number>()
  for (const [, series = '', value] of (await response.text()).matchAll(/^(\w+(?:\{[^}]*\})?) (\S+)$/gm)) {
    metrics.set(series, Number(value))
  }
  return metrics
}

/** Over all processes, of the series whose name and labels match. */
export function sumOf(processes: readonly Metrics[], series: RegExp): number {
  let sum = 0
  for (const metrics of processes) for (const [name, value] of metrics) if (series.test(name)) sum += value
  return sum
}

/** How many values were at most so large, by the upper bounds of a histogram's buckets, ascending. */
export type Buckets = ReadonlyMap<number, number>

export function bucketsOf(processes: readonly Metrics[], histogram: string): Buckets {
  const buckets = new Map<number, number>()
  for (const metrics of processes) {
    for (const [name, count] of metrics) {
      const bound = name.startsWith(`${histogram}_bucket`) ? /le="([^"]+)"/.exec(name)?.[1] : undefined
      if (bound === undefined) continue
      const upper = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
      buckets.set(upper, (buckets.get(upper) ?? 0) + count)
    }
  }
  return new Map([...buckets].sort(([a], [b]) => a - b))
}

/** What came between two looks. */
export const bucketsSince = (before: Buckets, after: Buckets): Buckets =>
  new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]))

/** As Prometheus' `histogram_quantile` estimates it: as if the values of a bucket lay evenly in it. */
export function quantile(buckets: Buckets, share: number): number | undefined {
  const all = [...buckets.values()].at(-1) ?? 0
  if (all === 0) return undefined
  let [lower, below] = [0, 0]
  for (const [upper, count] of buckets) {
    if (count >= all * share) {
      if (upper === Number.POSITIVE_INFINITY) return lower
      return lower + ((upper - lower) * (all * share - below)) / (count - below)
    }
    ;[lower, below] = [upper, count]
  }
  return lower
}
