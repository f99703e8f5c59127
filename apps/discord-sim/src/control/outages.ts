import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ClosedDoor } from '../gateway/closed-door.js'
import type { Gateway } from '../gateway/gateway.js'
import { NotFoundError } from './not-found-error.js'

/** Long enough for the answer to be on its way before the door closes. */
const ANSWER_MS = 20

const ms = z.int().min(1).max(3_600_000)
const keep_sessions = z.boolean().default(true)
const Outage = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('guild'), guild_id: z.string(), ms }),
  z.strictObject({ of: z.literal('shard'), shard: z.int().min(0), ms, keep_sessions }),
  z.strictObject({ of: z.literal('simulator'), ms, keep_sessions }),
])

/** `POST /control/gateway/outages`: a guild, a shard or everything is away for a while. */
export function controlOutageRoutes(app: FastifyInstance, { outages, state }: Gateway): void {
  const door = new ClosedDoor(app.server)
  app.addHook('preClose', async () => door.abandon())
  app.post('/gateway/outages', async (request, reply) => {
    const outage = Outage.parse(request.body)
    if (outage.of === 'guild') {
      if (!state.simulator.guildOf(outage.guild_id)) throw new NotFoundError(`No guild ${outage.guild_id}`)
      outages.guild(outage.guild_id, outage.ms)
    } else if (outage.of === 'shard') outages.shard(outage.shard, outage.ms, { keepSessions: outage.keep_sessions })
    else
      void sleep(ANSWER_MS).then(() => {
        door.closeFor(outage.ms)
        outages.everything({ keepSessions: outage.keep_sessions })
      })
    return reply.code(202).send(outage)
  })
}
