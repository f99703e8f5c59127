import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../config.js'
import { admit } from '../plugins/admit.js'
import { methodNotAllowed } from '../plugins/method-not-allowed.js'
import type { TokenBook } from '../tokens/token-book.js'
import type { RouteContext } from './context.js'
import { guildMemberRoutes } from './guild-members.js'
import { guildSnapshotRoutes } from './guild-snapshots.js'
import { guildRoutes } from './guilds.js'
import { identifyRoutes } from './identifies.js'
import { limitRoutes } from './limits.js'
import { memberRoutes } from './members.js'
import { noticeRoutes } from './notices.js'
import { roleRoutes } from './roles.js'
import { shardRoutes } from './shards.js'
import { syncRunRoutes } from './sync-runs.js'
import { syncStateRoutes } from './sync-states.js'

export interface MountOptions extends RouteContext {
  readonly tokens: TokenBook
  readonly limits: Config['limits']
}

/** The native mount: any guild, ids as strings of digits, a verdict for every item. */
export const nativeMount: FastifyPluginAsync<MountOptions> = async (app, { tokens, limits, ...context }) => {
  await app.register(admit, { tokens, schemes: ['bearer', 'token'] })
  const closeMethods = methodNotAllowed(app)
  await app.register(guildRoutes, context)
  await app.register(roleRoutes, context)
  await app.register(memberRoutes, context)
  await app.register(syncRunRoutes, context)
  await app.register(guildMemberRoutes, context)
  await app.register(guildSnapshotRoutes, context)
  await app.register(syncStateRoutes, context)
  await app.register(noticeRoutes, context)
  await app.register(shardRoutes, context)
  await app.register(identifyRoutes, context)
  await app.register(limitRoutes, { limits })
  closeMethods()
}
