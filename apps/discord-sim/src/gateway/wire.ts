import { setTimeout as sleep } from 'node:timers/promises'
import { constants, createDeflate } from 'node:zlib'
import type { WebSocket } from 'ws'

const DRAIN_POLL_MS = 5

/** A WebSocket as the gateway writes to it. */
export interface Wire {
  readonly isOpen: boolean
  /** Not yet taken by the operating system. */
  readonly bufferedBytes: number
  send(text: string): void
  close(code: number, reason: string): void
  /** Without a closing handshake, as when a cable is cut. */
  drop(): void
}

export function plainWire(socket: WebSocket): Wire {
  return {
    get isOpen() {
      return socket.readyState === socket.OPEN
    },
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    send: (text) => {
      if (socket.readyState === socket.OPEN) socket.send(text)
    },
    close: (code, reason) => socket.close(code, reason),
    drop: () => socket.terminate(),
  }
}

/**
 * One zlib stream over the whole connection, flushed after every payload.
 *
 * @see https://discord.com/developers/docs/events/gateway#transport-compression
 */
export function zlibWire(socket: WebSocket): Wire {
  const plain = plainWire(socket)
  const deflate = createDeflate({ flush: constants.Z_SYNC_FLUSH })
  let pieces: Buffer[] = []
  let waitingBytes = 0
  deflate.on('data', (piece: Buffer) => pieces.push(piece))
  socket.on('close', () => deflate.destroy())
  return {
    get isOpen() {
      return plain.isOpen
    },
    get bufferedBytes() {
      return plain.bufferedBytes + waitingBytes
    },
    send: (text) => {
      if (!plain.isOpen) return
      waitingBytes += text.length
      deflate.write(text)
      deflate.flush(constants.Z_SYNC_FLUSH, () => {
        waitingBytes -= text.length
        const payload = Buffer.concat(pieces)
        pieces = []
        if (plain.isOpen) socket.send(payload)
      })
    },
    // What was sent before has to arrive before the close does.
    close: (code, reason) => {
      if (waitingBytes === 0) return plain.close(code, reason)
      deflate.flush(() => plain.close(code, reason))
    },
    drop: () => plain.drop(),
  }
}

/** Waits until little is left to send; false when the connection is gone. */
export async function drained(wire: Wire, maxBytes: number): Promise<boolean> {
  while (wire.isOpen && wire.bufferedBytes > maxBytes) await sleep(DRAIN_POLL_MS)
  return wire.isOpen
}
