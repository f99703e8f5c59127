import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConflictError } from '../conflict-error.js'

/** Makes a server refuse all connections for a while and come back at the same address. */
export class ClosedDoor {
  #timer: NodeJS.Timeout | undefined

  constructor(readonly server: Server) {}

  /**
   * Takes effect at once; whoever asked for it has to be answered before.
   *
   * @throws {@link ConflictError} when it is closed already, or is not listening on TCP
   */
  closeFor(ms: number): void {
    const address = this.server.address()
    if (address === null || typeof address === 'string') throw new ConflictError('Nothing is listening that could stop')
    this.server.close()
    this.server.closeAllConnections()
    this.#timer = setTimeout(() => this.#open(address), ms)
  }

  /** It stays closed, or open, as it is. */
  abandon(): void {
    clearTimeout(this.#timer)
  }

  #open({ address, port }: AddressInfo): void {
    this.server.listen({ host: address, port })
    // Somebody else may have taken the port; nothing is left to do then, and the process should end.
    void once(this.server, 'listening')
  }
}
