/** What one piece of work took. CPU seconds are user and system, and undefined where there is no `/proc`. */
export interface Measurement {
  readonly wallSeconds: number
  readonly cpuSeconds: Readonly<Record<string, number | undefined>>
}

/** Measures work by the clock, and by meters of CPU seconds that run all the time. */
export async function measure<T>(
  meters: Readonly<Record<string, () => number | undefined>>,
  work: () => Promise<T>,
): Promise<{ outcome: T; measurement: Measurement }> {
  const before = Object.entries(meters).map(([name, meter]) => [name, meter, meter()] as const)
  const startedMs = performance.now()
  const outcome = await work()
  const wallSeconds = (performance.now() - startedMs) / 1_000
  const cpuSeconds = Object.fromEntries(before.map(([name, meter, then]) => [name, difference(then, meter())]))
  return { outcome, measurement: { wallSeconds, cpuSeconds } }
}

const difference = (before: number | undefined, after: number | undefined) =>
  before === undefined || after === undefined ? undefined : after - before

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** `undefined` when one of the values is not known. */
export function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const ascending = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  const [min, max] = [ascending[0], ascending.at(-1)]
  if (min === undefined || max === undefined || ascending.length < values.length) return undefined
  const middle = (ascending.length - 1) / 2
  const [lower = min, upper = max] = [ascending[Math.floor(middle)], ascending[Math.ceil(middle)]]
  return { median: rounded((lower + upper) / 2), min: rounded(min), max: rounded(max) }
}

/** The smallest value that so many percent of all are not above: the nearest rank. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const ascending = [...values].sort((a, b) => a - b)
  return ascending[Math.max(0, Math.ceil((percent / 100) * ascending.length) - 1)]
}

/** A thousandth of a second, millisecond or MiB is as fine as it gets. */
const rounded = (value: number) => Math.round(value * 1_000) / 1_000
