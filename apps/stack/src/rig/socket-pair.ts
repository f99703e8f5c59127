import type { Socket } from 'node:net'

/** One connection through a wire: to the one who asked for it, and onward. */
export interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Its stream was cut in the middle: nothing more may arrive. */
  isCut: boolean
}

export function destroyBoth({ client, server }: Pair): void {
  client.destroy()
  server.destroy()
}

/** With a RST to both. */
export function resetBoth({ client, server }: Pair): void {
  client.resetAndDestroy()
  server.resetAndDestroy()
}
