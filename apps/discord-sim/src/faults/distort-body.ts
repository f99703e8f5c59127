import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { DrawnFaults } from './fault-book.js'

const SLOW_PIECES = 10

/** What goes over the wire instead of a finished body, as the drawn faults say. */
export function distortBody(
  faults: DrawnFaults,
  reply: FastifyReply,
  body: string | Buffer,
  nowMs: () => number,
): string | Buffer | Readable {
  if (faults.list.length === 0) return body
  const skew = faults.find('clock_skew')
  if (skew) reply.header('date', new Date(nowMs() + skew.ms).toUTCString())
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const half = Math.floor(bytes.length / 2)
  if (faults.find('truncated_json')) return bytes.subarray(0, half)
  if (faults.find('socket_reset')?.in_body) {
    reply.header('content-length', bytes.length)
    return Readable.from(cut(bytes.subarray(0, half), reply))
  }
  const slow = faults.find('slow_body')
  if (!slow) return body
  reply.header('content-length', bytes.length)
  return Readable.from(slowly(bytes, slow.ms))
}

/** The first half, and then no more connection. */
async function* cut(firstHalf: Buffer, reply: FastifyReply): AsyncGenerator<Buffer> {
  yield firstHalf
  // Long enough for the half to have been sent: what is meant is a cut body, not a lost one.
  await sleep(20)
  reply.raw.socket?.resetAndDestroy()
}

async function* slowly(bytes: Buffer, ms: number): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.ceil(bytes.length / SLOW_PIECES))
  for (let start = 0; start < bytes.length; start += size) {
    await sleep(ms / SLOW_PIECES)
    yield bytes.subarray(start, start + size)
  }
}
