import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Undici's, of Node's own `fetch` and of the library. */
const UNDICI_CHANNEL = 'undici:client:connectError'

/** Node's, for plain TCP alone: TLS has no such channel. */
const NET_CHANNEL = 'net.client.socket'

/**
 * Tells which name could not be connected to, by `fetch` and undici over TCP and TLS, and by `node:http` and `ws` over TCP.
 *
 * @returns ends it
 * @see https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#built-in-channels
 * @see https://undici.nodejs.org/#/docs/api/DiagnosticsChannel?id=undiciclientconnecterror
 */
export function onFailedConnect(tell: (hostname: string) => void): () => void {
  const onUndici = (message: unknown) =>
    tell((message as { connectParams: { hostname: string } }).connectParams.hostname)
  const onSocket = (message: unknown) => watch((message as { socket: Socket }).socket, tell)
  subscribe(UNDICI_CHANNEL, onUndici)
  subscribe(NET_CHANNEL, onSocket)
  return () => {
    unsubscribe(UNDICI_CHANNEL, onUndici)
    unsubscribe(NET_CHANNEL, onSocket)
  }
}

/** By `close`, not `error`: a listener for `error` would hide that nobody else has one. */
function watch(socket: Socket, tell: (hostname: string) => void): void {
  let name: string | undefined
  socket.on('lookup', (error, _address, _family, host) => {
    if (!error) name = host
  })
  socket.once('connect', () => {
    name = undefined
  })
  socket.once('close', (hadError) => {
    if (hadError && name !== undefined) tell(name)
  })
}
