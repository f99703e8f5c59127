import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { GatewayCloseCodes, GatewayVersion } from 'discord-api-types/v10'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Simulator } from '../simulator.js'
import { Connection } from './connection.js'
import { GatewayState } from './gateway-state.js'
import { MemberUpdates } from './member-updates.js'
import { Outages } from './outages.js'
import { publishChange } from './publish.js'
import { Publisher } from './publisher.js'
import type { GatewaySettings } from './settings.js'
import { Storms } from './storms.js'
import { plainWire, zlibWire } from './wire.js'

export const GATEWAY_PATH = '/gateway'
const RESUME_PATH = '/gateway/resume'
/** Far above what a client may send, so that too much is answered by Discord's code and not by the library's. */
const MAX_MESSAGE_BYTES = 1_048_576
const MAX_CONNECTIONS = 5_000

/** The gateway of the simulated Discord: sessions over WebSockets, and what the guilds' changes make of them. */
export class Gateway {
  readonly state: GatewayState
  readonly publisher: Publisher
  readonly outages: Outages
  readonly storms: Storms
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })

  constructor(simulator: Simulator, settings: Partial<GatewaySettings> = {}) {
    this.state = new GatewayState(simulator)
    Object.assign(this.state.settings, settings)
    this.publisher = new Publisher(this.state)
    this.outages = new Outages(this.publisher)
    this.storms = new Storms(simulator)
    const updates = new MemberUpdates(this.publisher)
    simulator.onChange((guild, change) => publishChange(this.publisher, updates, guild, change))
  }

  /** Takes an upgrade of the HTTP server; one to another path is refused. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', `ws://${request.headers.host ?? 'localhost'}`)
    const path = url.pathname.replace(/\/$/, '') || GATEWAY_PATH
    const isFull = this.state.lines.size >= MAX_CONNECTIONS
    if (isFull || (path !== GATEWAY_PATH && path !== RESUME_PATH)) {
      socket.end(`HTTP/1.1 ${isFull ? '503 Service Unavailable' : '404 Not Found'}\r\nconnection: close\r\n\r\n`)
      return
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, url, path))
  }

  /** Ends every connection, as a stop of the server does. */
  close(): void {
    this.storms.stopAll()
    this.outages.close()
    for (const line of [...this.state.lines]) line.drop('simulator closes')
    this.#server.close()
  }

  #accept(socket: WebSocket, url: URL, path: string): void {
    const compress = url.searchParams.get('compress')
    const wire = compress === 'zlib-stream' ? zlibWire(socket) : plainWire(socket)
    this.state.journal.connections += 1
    const connection = new Connection(this.state.journal.connections, this.state, wire, {
      resumeUrl: `ws://${url.host}${RESUME_PATH}`,
      atResumeUrl: path === RESUME_PATH,
    })
    this.state.lines.add(connection)
    socket.on('message', (data) => connection.receive(String(data)))
    socket.on('close', (code) => connection.closed(code))
    // A broken frame closes the socket by itself; without a listener it would end the process.
    socket.on('error', () => {})
    const supported =
      (url.searchParams.get('v') ?? GatewayVersion) === GatewayVersion &&
      (url.searchParams.get('encoding') ?? 'json') === 'json' &&
      (compress === null || compress === 'zlib-stream')
    if (supported) connection.open()
    else connection.close(GatewayCloseCodes.InvalidAPIVersion)
  }
}
