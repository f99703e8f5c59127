import type { FastifyInstance } from 'fastify'
import { GatewayFault } from '../gateway/fault.js'
import type { GatewayState } from '../gateway/gateway-state.js'
import { strike } from '../gateway/strike.js'

/** Faults of the gateway, as those of the REST API; one that strikes `now` is done at once and not kept. */
export function controlGatewayFaultRoutes(app: FastifyInstance, state: GatewayState): void {
  const arm = (body: unknown) => {
    const fault = GatewayFault.parse(body)
    if (!('on' in fault) || fault.on !== 'now') return state.faults.arm(fault)
    const lines = [...state.lines].filter((it) => fault.shard === undefined || it.session?.shard[0] === fault.shard)
    return { struck: lines.filter((line) => strike(line, fault)).length }
  }
  app.get('/gateway/faults', async () => state.faults.armed)
  app.post('/gateway/faults', async (request, reply) => reply.code(201).send(arm(request.body)))
  app.put('/gateway/faults', async (request, reply) => {
    state.faults.clear()
    return reply.code(201).send(arm(request.body))
  })
  app.delete('/gateway/faults', async (_request, reply) => {
    state.faults.clear()
    return reply.code(204).send()
  })
}
