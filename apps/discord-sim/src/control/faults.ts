import type { FastifyInstance } from 'fastify'
import { ConflictError } from '../conflict-error.js'
import { Fault } from '../faults/fault.js'
import type { Simulator } from '../simulator.js'

/** Faults: `POST` adds one, `PUT` replaces them all by one, `GET` tells how often each has struck, `DELETE` clears. */
export function controlFaultRoutes(app: FastifyInstance, { faults }: Simulator, routes: ReadonlySet<string>): void {
  const parse = (body: unknown) => {
    const fault = Fault.parse(body)
    const known = fault.route === undefined || fault.route === '*' || routes.has(fault.route)
    if (!known) throw new ConflictError(`No route "${fault.route}"; there are: ${[...routes].join(', ')}`)
    return fault
  }

  app.get('/faults', async () => faults.armed)
  app.post('/faults', async (request, reply) => reply.code(201).send(faults.arm(parse(request.body))))
  app.put('/faults', async (request, reply) => {
    const fault = parse(request.body)
    faults.clear()
    return reply.code(201).send(faults.arm(fault))
  })
  app.delete('/faults', async (_request, reply) => {
    faults.clear()
    return reply.code(204).send()
  })
}
