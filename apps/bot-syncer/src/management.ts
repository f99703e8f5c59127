import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type Bounds, boundConnections } from '@rollcall/process-metrics'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { complain } from './report/log.js'

export interface ManagementOptions {
  readonly host: string
  readonly port: number
  readonly bounds: Bounds
  readonly registry: Registry
  readonly log: Logger
}

/** Probes, Prometheus, and a person or two. */
const MAX_CONNECTIONS = 20

/**
 * Answers `/livez`, `/metrics` and `/bounds` until the process ends. For a syncer that stays: a single run is told by the
 * API, from the ledger.
 *
 * @returns the server; undefined, once it is said, when the port cannot be had
 */
export async function listenForOperators({
  host,
  port,
  bounds,
  registry,
  log,
}: ManagementOptions): Promise<Server | undefined> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 })
  server.maxConnections = MAX_CONNECTIONS
  boundConnections(bounds, 'management_connections', 'apps/bot-syncer/src/management.ts', server)
  server.on('request', async (request, response) => {
    if (request.url === '/livez') return response.end('{"status":"ok"}')
    if (request.url === '/bounds') return answerJson(response, { bounds: bounds.read() })
    if (request.url !== '/metrics') return response.writeHead(404).end()
    const text = await registry.metrics().catch(() => undefined)
    if (text === undefined) return response.writeHead(500).end()
    return response.setHeader('content-type', registry.contentType).end(text)
  })
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    complain(`Cannot listen on ${host}:${port} (${code}). Set MANAGEMENT_PORT to another, or leave it empty.\n`)
    return undefined
  }
  log.info({ address: server.address() }, 'management listens')
  return server
}

const answerJson = (response: ServerResponse, body: unknown) =>
  response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(body))
