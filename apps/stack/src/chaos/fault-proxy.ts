import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stoppable } from '../processes/running.js'

/** Long enough for the bytes before a cut to arrive: a RST overtakes what is still on its way. */
const CUT_DELAY_MS = 10

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/**
 * A wire on 127.0.0.1 that can be made to fail: it hands on bytes between those who connect to it and one server, whatever
 * they say, and counts them. A fault that takes time is over when its promise is, and the wire is then as good as before.
 */
export class FaultProxy implements Stoppable {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #targetPort: number
  #bytes = 0
  #refusals = 0
  #blackHoles = 0
  #delayMs = 0
  #cutAfterBytes: number | undefined
  #onBytes: (total: number) => void = () => {}

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer({ noDelay: true }, (client) => this.#connect(client))
  }

  static async start(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Leads new connections elsewhere: a server that was started anew may have another port. */
  leadTo(port: number): void {
    this.#targetPort = port
  }

  /** Counts from zero, both directions together, and tells the count whenever it grows. */
  watch(onBytes: (total: number) => void): void {
    this.#bytes = 0
    this.#onBytes = onBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Ends every connection with a RST. */
  reset(): void {
    for (const pair of this.#pairs) resetBoth(pair)
  }

  /** Ends the connection that carries the byte after the next `bytes`: in the midst of a request, or of an answer. */
  cutAfter(bytes: number): void {
    this.#cutAfterBytes = bytes
  }

  /** Ends every connection, and each new one at once. */
  async refuse(forMs: number): Promise<void> {
    this.#refusals++
    this.reset()
    await sleep(forMs)
    this.#refusals--
  }

  /** Takes everything and hands on nothing; what was swallowed is lost with its connection. */
  async blackHole(forMs: number): Promise<void> {
    this.#blackHoles++
    await sleep(forMs)
    this.#blackHoles--
    this.reset()
  }

  /** Hands on each piece so much later, in order. */
  async delay(byMs: number, forMs: number): Promise<void> {
    this.#delayMs += byMs
    await sleep(forMs)
    this.#delayMs -= byMs
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.reset()
    await closed
  }

  #connect(client: Socket): void {
    const server = new Socket()
    const pair = { client, server }
    this.#pairs.add(pair)
    client.once('close', () => this.#pairs.delete(pair))
    // Both ways end together.
    pipeline(client, this.#wire(pair), server, () => destroyBoth(pair))
    pipeline(server, this.#wire(pair), client, () => destroyBoth(pair))
    if (this.#refusals > 0) resetBoth(pair)
    else server.setNoDelay(true).connect(this.#targetPort, '127.0.0.1')
  }

  #wire(pair: Pair): Transform {
    return new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        void this.#carry(piece, pair).then((carried) => done(null, carried))
      },
    })
  }

  /** What of the piece arrives. */
  async #carry(piece: Buffer, pair: Pair): Promise<Buffer | undefined> {
    if (this.#delayMs > 0) await sleep(this.#delayMs)
    if (this.#blackHoles > 0) return undefined
    this.#bytes += piece.length
    this.#onBytes(this.#bytes)
    const cutAt = this.#cutAfterBytes
    if (cutAt === undefined) return piece
    this.#cutAfterBytes = piece.length > cutAt ? undefined : cutAt - piece.length
    if (piece.length <= cutAt) return piece
    void sleep(CUT_DELAY_MS).then(() => resetBoth(pair))
    return piece.subarray(0, cutAt)
  }
}

function destroyBoth({ client, server }: Pair): void {
  client.destroy()
  server.destroy()
}

function resetBoth({ client, server }: Pair): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}
