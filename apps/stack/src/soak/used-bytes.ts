import { getHeapSpaceStatistics } from 'node:v8'

/**
 * What the process holds after a collection: heap and buffers, without machine code, of which V8 makes more for as long as it
 * finds something worth it. What is only garbage is not counted, so a slope is a leak.
 *
 * @throws when the process was started without `--expose-gc`
 */
export function usedBytes(): number {
  const { gc: collect } = globalThis as { gc?: () => void }
  if (collect === undefined) throw new Error('Expected --expose-gc')
  // What a first collection lets finalizers release, a second one finds.
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  const code = getHeapSpaceStatistics().filter(({ space_name }) => space_name.startsWith('code_'))
  return heapUsed + external - code.reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}

/** One line on standard output; a program's log goes the same way. */
export function tellUsedBytes(): void {
  process.stdout.write(`${JSON.stringify({ used_bytes: usedBytes() })}\n`)
}
