import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ConflictError } from '../conflict-error.js'
import type { Gateway } from '../gateway/gateway.js'
import { toApiMember } from '../guild/member.js'
import { MAX_CHANGED_STUBS, MAX_STUBS } from '../guild/stub-guilds.js'
import type { Simulator } from '../simulator.js'
import { guildOf } from './not-found-error.js'

const StormBody = z
  .strictObject({
    events_per_second: z.int().min(1).max(50_000),
    seconds: z.number().positive().max(3_600),
    guild_id: z.string().optional(),
    stubs: z.int().min(1).max(MAX_CHANGED_STUBS).optional(),
    kind: z.enum(['update', 'mixed']).default('update'),
    seed: z.int().default(1),
  })
  .refine((it) => (it.guild_id === undefined) !== (it.stubs === undefined), 'Either guild_id or stubs')
const StubsBody = z.strictObject({ count: z.int().min(0).max(MAX_STUBS), seed: z.int().min(0).default(1) })

/** Storms of edits, and the stubs that they may go over. */
export function controlStormRoutes(app: FastifyInstance, { storms, state: { simulator } }: Gateway): void {
  app.get('/gateway/storms', async () => storms.list)
  app.post('/gateway/storms', async (request, reply) => {
    const plan = StormBody.parse(request.body)
    if (plan.guild_id !== undefined) guildOf(simulator, plan)
    if (plan.stubs !== undefined && plan.stubs > simulator.stubs.count)
      throw new ConflictError(`There are ${simulator.stubs.count} stubs`)
    return reply.code(201).send(storms.start(plan))
  })
  app.delete('/gateway/storms', async (_request, reply) => {
    storms.stopAll()
    return reply.code(204).send()
  })

  app.get('/stubs', async () => ({
    count: simulator.stubs.count,
    seed: simulator.stubs.seed,
    changed: simulator.stubs.changedCount,
    first_ids: Array.from({ length: Math.min(10, simulator.stubs.count) }, (_, index) => simulator.stubs.idAt(index)),
  }))
  app.get('/stubs/edited-members', async (_request, reply) =>
    reply.type('application/x-ndjson').send(Readable.from(editedMembers(simulator), { highWaterMark: 16 })),
  )
  app.put('/stubs', async (request) => {
    const { count, seed } = StubsBody.parse(request.body)
    simulator.replaceStubs(count, seed)
    return { count, seed }
  })
}

/** One stub a line, with everybody in it who is not as the seed says; `member` is null for who has left. */
function* editedMembers({ stubs, bot }: Simulator): Generator<string> {
  for (const { id, members } of stubs.changed) {
    const edited = [...members.edited()]
      .filter(([userId]) => userId !== bot.id)
      .map(([userId, member]) => ({ id: `${userId}`, member: member ? toApiMember(member) : null }))
    yield `${JSON.stringify({ guild_id: id, members: edited })}\n`
  }
}
