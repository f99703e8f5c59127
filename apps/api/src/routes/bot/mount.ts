import type { FastifyPluginAsync } from 'fastify'
import { admit } from '../../plugins/admit.js'
import type { TokenBook } from '../../tokens/token-book.js'
import { altRoutes } from './alts.js'
import { answerErrors } from './answer-errors.js'
import { bulkPatchRoute } from './bulk-patch.js'
import type { BotContext } from './context.js'
import { requireJsonAccepted, sendHeaders } from './headers.js'
import { keepBodies } from './read-body.js'
import { roleRoutes } from './roles.js'
import { rootRoutes } from './root.js'
import { userRoutes } from './user.js'
import { usersRoutes } from './users.js'
import { answerVerbs } from './verbs.js'

export interface BotMountOptions extends BotContext {
  readonly tokens: TokenBook
}

/**
 * The bot mount: the home guild as existing community bots know it, with bare 64-bit ids, numbered pages and the errors
 * of the framework that their messages are written for. `docs/bot-contract.md` says what it answers.
 *
 * zod is for the document only: the order of the checks and their sentences are part of the contract, so bodies are read
 * by `fields/`.
 */
export const botMount: FastifyPluginAsync<BotMountOptions> = async (app, { tokens, pool, prisma, guildId, now }) => {
  const context: BotContext = { pool, prisma, guildId, now }
  app.setValidatorCompiler(() => (value: unknown) => ({ value }))
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  keepBodies(app)
  sendHeaders(app)
  answerErrors(app)
  const closeVerbs = answerVerbs(app)
  await app.register(admit, { tokens, schemes: ['token'] })
  requireJsonAccepted(app)
  await app.register(rootRoutes)
  await app.register(usersRoutes, context)
  await app.register(userRoutes, context)
  await app.register(bulkPatchRoute, context)
  await app.register(altRoutes, context)
  await app.register(roleRoutes, context)
  closeVerbs()
}
