import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ConflictError } from '../conflict-error.js'
import type { Guild } from '../guild/guild.js'
import { toApiMember } from '../guild/member.js'
import type { Simulator } from '../simulator.js'
import { guildOf, NotFoundError } from './not-found-error.js'

const MAX_JOINS_PER_REQUEST = 10_000

/** Members in one piece of the stream. */
const PAGE_SIZE = 500

const Id = z.string().regex(/^\d{17,19}$/, 'Expected 17 to 19 digits')
const Joins = z.union([
  z.strictObject({ count: z.int().min(1).max(MAX_JOINS_PER_REQUEST) }),
  z.strictObject({ ids: z.array(Id).min(1).max(MAX_JOINS_PER_REQUEST) }),
])
const MemberPatch = z
  .strictObject({
    username: z.string().min(1).max(64),
    global_name: z.string().min(1).max(64).nullable(),
    nick: z.string().min(1).max(64).nullable(),
    roles: z.array(Id).max(250),
  })
  .partial()

/** The members of one guild: all of them as the truth, and single ones to change. */
export function controlMemberRoutes(app: FastifyInstance, simulator: Simulator): void {
  const memberId = (params: unknown) => BigInt(z.object({ user_id: Id }).parse(params).user_id)

  app.get('/guilds/:guild_id/members', async (request, reply) => {
    const guild = guildOf(simulator, request.params)
    return reply.type('application/x-ndjson').send(Readable.from(lines(guild), { objectMode: true, highWaterMark: 1 }))
  })

  app.get('/guilds/:guild_id/members/:user_id', async (request) => {
    const id = memberId(request.params)
    const member = guildOf(simulator, request.params).members.get(id)
    if (member === undefined) throw new NotFoundError(`No member ${id}`)
    return toApiMember(member)
  })

  app.post('/guilds/:guild_id/members', async (request, reply) => {
    const guild = guildOf(simulator, request.params)
    const joins = Joins.parse(request.body)
    if ('ids' in joins) {
      const present = joins.ids.filter((id, place) => guild.members.has(BigInt(id)) || joins.ids.indexOf(id) !== place)
      if (present.length > 0) throw new ConflictError(`In the guild already: ${present.slice(0, 10).join(', ')}`)
    }
    const wanted = 'ids' in joins ? joins.ids.map(BigInt) : Array.from({ length: joins.count }, () => undefined)
    return reply.code(201).send({ ids: wanted.map((id) => `${guild.join(id).id}`) })
  })

  app.patch('/guilds/:guild_id/members/:user_id', async (request) => {
    const guild = guildOf(simulator, request.params)
    const id = memberId(request.params)
    const patch = MemberPatch.parse(request.body)
    const unknown = (patch.roles ?? []).filter((role) => !guild.roles.has(role) || role === guild.id)
    if (unknown.length > 0) throw new ConflictError(`No member can have the role ${unknown.join(', ')}`)
    const sent = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
    const member = guild.editMember(id, sent)
    if (member === undefined) throw new NotFoundError(`No member ${id}`)
    return toApiMember(member)
  })

  app.delete('/guilds/:guild_id/members/:user_id', async (request, reply) => {
    const id = memberId(request.params)
    if (!guildOf(simulator, request.params).leave(id)) throw new NotFoundError(`No member ${id}`)
    return reply.code(204).send()
  })
}

/** One member a line, ascending by id. A reader that is slow stops the making of lines. */
function* lines(guild: Guild): Generator<string> {
  for (const page of guild.members.pages(PAGE_SIZE))
    yield page.map((member) => `${JSON.stringify(toApiMember(member))}\n`).join('')
}
