import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import plugin from 'fastify-plugin'

/** Milliseconds that an answer waits for the rest of a body that nobody reads. */
const LINGER_MS = 5_000

/**
 * Lets a client hear why its body was refused. An answer that ends the connection while the body is still being sent is
 * lost (at 4 MiB, every second 413 arrived as a broken pipe), so the rest is taken and thrown away first, for a few seconds
 * at most.
 */
export const discardBody = plugin(
  async (app) => {
    app.addHook('onSend', async ({ raw }, reply) => {
      if (!isArriving(raw)) return
      const ended = once(raw, 'end', { signal: AbortSignal.timeout(LINGER_MS) })
      raw.resume()
      // Whoever is slower than that may miss the answer.
      await ended.catch(() => void reply.header('connection', 'close'))
    })
  },
  { name: 'discard-body', fastify: '5.x' },
)

function isArriving({ headers, readableEnded, destroyed }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return hasBody && !readableEnded && !destroyed
}
