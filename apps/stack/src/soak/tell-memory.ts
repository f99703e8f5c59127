/**
 * Loaded into a process before its program (`node --expose-gc --import`): tells on standard output, again and again, what
 * is in use after a collection. What is only garbage is not told, so a slope is a leak.
 */
const INTERVAL_MS = 250

const collect = (globalThis as { gc?: () => void }).gc
if (collect === undefined) throw new Error('Expected --expose-gc')

setInterval(() => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ used_bytes: heapUsed + external })}\n`)
}, INTERVAL_MS).unref()
