import { LIMITS, MAX_ALTS_PER_USER, MAX_SNOWFLAKE, type Snowflake } from '@rollcall/contract'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { countAlts, createAlt, deleteAlt, knownUsers, updateAlt } from '../../db/bot/alts.js'
import { userExists } from '../../db/bot/get-user.js'
import type { BotContext } from './context.js'
import { toWhole } from './fields/read-integer.js'
import { hasFaults, readObject, withFault } from './fields/read-object.js'
import { noSuchRow, readReference } from './fields/read-reference.js'
import { readText } from './fields/read-text.js'
import { REQUIRED } from './fields/reading.js'
import { InvalidDataError, invalidBody } from './invalid-data-error.js'
import { readBody } from './read-body.js'
import { noMatch, readKey } from './read-key.js'
import { AltTarget, AltUpdate, BOT, BotUserParams, NewAlt, NO_CONTENT } from './schemas.js'

/** What is sent of a link, in the order of the contract; the path says whose it is. */
const ALT_FIELDS = { target: readReference, actor: readReference, context: readText({ maxLength: 1_900 }) }

interface AltRequest {
  Params: { user_id: string }
}

/** `/bot/users/{user_id}/alts`: links two accounts of one person, changes the context of a link, or removes it. */
export const altRoutes: FastifyPluginAsync<BotContext> = async (app, context) => {
  const { prisma, guildId, now } = context
  const url = '/users/:user_id/alts'
  const schema = { ...BOT, params: BotUserParams, response: NO_CONTENT }
  const config = { scope: 'members:write' } as const

  app.post<AltRequest>(
    url,
    { config, schema: { ...schema, description: LIMITS.max_alts_per_user.sentence, body: NewAlt } },
    async (request, reply) => {
      const source = await requireUser(context, request)
      const alt = await readAlt(context, readBody(request))
      await requireRoom(context, source, alt.target)
      if (source === alt.target) {
        throw new InvalidDataError({ source: ['The user may not be an alternate account of itself'] })
      }
      const outcome = await createAlt(prisma, { guildId, source, ...alt, at: now() })
      if (outcome === 'exists') throw invalidBody('The fields source, target must make a unique set.')
      if (outcome === 'gone') throw new InvalidDataError({ target: [noSuchRow(alt.target)] })
      return reply.code(204).send()
    },
  )

  app.patch<AltRequest>(url, { config, schema: { ...schema, body: AltUpdate } }, async (request, reply) => {
    const body = readBody(request)
    const { values, faults } = readObject(ALT_FIELDS, body, ['target', 'context'])
    // What is missing is told one by one, and before the user is looked for.
    for (const name of ['target', 'context'] as const) {
      if (!Object.hasOwn(Object(body), name)) throw new InvalidDataError({ [name]: [REQUIRED] })
    }
    const source = await requireUser(context, request)
    const { target, context: text } = values
    if (target === undefined || text === undefined) throw new InvalidDataError(faults)
    if (!(await updateAlt(prisma, { guildId, source, target, context: text, at: now() }))) {
      throw new InvalidDataError({ target: ['User is not an associated alt account'] })
    }
    return reply.code(204).send()
  })

  app.delete<AltRequest>(url, { config, schema: { ...schema, body: AltTarget } }, async (request, reply) => {
    const source = await requireUser(context, request)
    const body = readBody(request)
    const target = typeof body === 'string' ? undefined : toWhole(body)
    if (target === undefined) throw invalidBody('Request body should be an integer')
    const isId = target >= 0n && target <= MAX_SNOWFLAKE
    if (!isId || !(await deleteAlt(prisma, { guildId, source, target }))) {
      throw invalidBody('Specified account is not a known alternate account of this user')
    }
    return reply.code(204).send()
  })
}

/** @throws 404 for a user in the path who is not known */
async function requireUser({ pool, guildId }: BotContext, { params }: FastifyRequest<AltRequest>): Promise<Snowflake> {
  const id = readKey(params.user_id, 'User')
  if (!(await userExists(pool, guildId, id))) throw noMatch('User')
  return id
}

/** @throws 400 with every field that is missing, faulty, or names a user who is not known */
async function readAlt({ prisma, guildId }: BotContext, body: unknown) {
  let reading = readObject(ALT_FIELDS, body, ['target', 'actor', 'context'])
  const named = [reading.values.target, reading.values.actor].filter((id) => id !== undefined)
  const known = await knownUsers(prisma, guildId, named)
  for (const name of ['target', 'actor'] as const) {
    const id = reading.values[name]
    if (id !== undefined && !known.has(id)) reading = withFault(reading, ALT_FIELDS, name, [noSuchRow(id)])
  }
  const { target, actor, context } = reading.values
  if (hasFaults(reading) || target === undefined || actor === undefined || context === undefined) {
    throw new InvalidDataError(reading.faults)
  }
  return { target, actor, context }
}

/** @throws 400 when one of the two has as many alternate accounts as an answer may name */
async function requireRoom({ prisma, guildId }: BotContext, ...ids: Snowflake[]): Promise<void> {
  const counts = await Promise.all(ids.map((id) => countAlts(prisma, guildId, id)))
  if (counts.some((count) => count >= MAX_ALTS_PER_USER)) throw invalidBody(LIMITS.max_alts_per_user.sentence)
}
