import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stoppable } from '../processes/running.js'
import { destroyBoth, type Pair, resetBoth } from './socket-pair.js'

/** Long enough for the bytes before a cut to arrive: a RST overtakes what is still on its way. */
const CUT_DELAY_MS = 10

/** What a fault has hit so far: connections, or pieces of what they carry. */
interface Hits {
  hits: number
}

/**
 * A wire on 127.0.0.1 that can be made to fail: it hands on bytes between those who connect to it and one server, whatever
 * they say, and counts them. A fault that takes time is over when its promise is, and the wire is then as good as before;
 * each tells how much it hit.
 */
export class FaultProxy implements Stoppable {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #refusals = new Set<Hits>()
  readonly #blackHoles = new Set<Hits>()
  readonly #delays = new Set<Hits & { readonly byMs: number }>()
  readonly #cuts = new Set<Hits & { afterBytes: number }>()
  #targetPort: number
  #bytes = 0
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

  /** For a report: what goes over the wire and what is wrong with it at this moment. */
  get state() {
    const [refusals, blackHoles, delays, cuts] = [this.#refusals, this.#blackHoles, this.#delays, this.#cuts]
    const faults = { refusals: refusals.size, blackHoles: blackHoles.size, delays: delays.size, cuts: cuts.size }
    return { port: this.port, leadsTo: this.#targetPort, connections: this.#pairs.size, bytes: this.#bytes, ...faults }
  }

  /** Ends every connection with a RST. @returns how many */
  reset(): number {
    const hits = this.#pairs.size
    for (const pair of this.#pairs) resetBoth(pair)
    return hits
  }

  /**
   * Ends the connection that carries the byte after the next `bytes`: in the midst of a request, or of an answer.
   *
   * @returns takes the fault back if it waits still, and tells whether it hit
   */
  cutAfter(bytes: number): () => number {
    const cut = { afterBytes: bytes, hits: 0 }
    this.#cuts.add(cut)
    return () => {
      this.#cuts.delete(cut)
      return cut.hits
    }
  }

  /** Ends every connection, and each new one at once. @returns how many */
  refuse(forMs: number): Promise<number> {
    return during(this.#refusals, { hits: this.reset() }, forMs)
  }

  /** Takes everything and hands on nothing; what was swallowed is lost with its connection. @returns how many pieces */
  async blackHole(forMs: number): Promise<number> {
    const hits = await during(this.#blackHoles, { hits: 0 }, forMs)
    this.reset()
    return hits
  }

  /** Hands on each piece so much later, in order. @returns how many */
  delay(byMs: number, forMs: number): Promise<number> {
    return during(this.#delays, { byMs, hits: 0 }, forMs)
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.reset()
    await closed
  }

  #connect(client: Socket): void {
    const server = new Socket()
    const pair = { client, server, isCut: false }
    this.#pairs.add(pair)
    client.once('close', () => this.#pairs.delete(pair))
    // Both ways end together.
    pipeline(client, this.#wire(pair), server, () => destroyBoth(pair))
    pipeline(server, this.#wire(pair), client, () => destroyBoth(pair))
    if (hit(this.#refusals)) resetBoth(pair)
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
    hit(this.#delays)
    const byMs = [...this.#delays].reduce((sum, delay) => sum + delay.byMs, 0)
    if (byMs > 0) await sleep(byMs)
    // After a cut nothing may follow, or the stream would have a hole, which TCP never makes.
    if (pair.isCut || hit(this.#blackHoles)) return undefined
    this.#bytes += piece.length
    this.#onBytes(this.#bytes)
    const [cut] = this.#cuts
    if (cut === undefined) return piece
    if (piece.length <= cut.afterBytes) {
      cut.afterBytes -= piece.length
      return piece
    }
    this.#cuts.delete(cut)
    cut.hits++
    pair.isCut = true
    void sleep(CUT_DELAY_MS).then(() => resetBoth(pair))
    return piece.subarray(0, cut.afterBytes)
  }
}

/** Counts a hit of every one of them. @returns whether there is any */
function hit(faults: Iterable<Hits>): boolean {
  let isAny = false
  for (const fault of faults) {
    fault.hits++
    isAny = true
  }
  return isAny
}

async function during<F extends Hits>(faults: Set<F>, fault: F, forMs: number): Promise<number> {
  faults.add(fault)
  await sleep(forMs)
  faults.delete(fault)
  return fault.hits
}
