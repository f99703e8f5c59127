import type { RESTGetAPIAuditLogResult } from 'discord-api-types/v10'
import { PermissionFlagsBits } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Simulator } from '../../simulator.js'
import { findGuild, requirePermission } from '../find.js'
import { parseForm, SnowflakeText } from '../parse-form.js'

const Query = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  user_id: SnowflakeText.optional(),
  action_type: z.coerce.number().int().optional(),
  before: SnowflakeText.optional(),
  after: SnowflakeText.optional(),
})

/** `GET /guilds/:guild_id/audit-logs`: newest first, or oldest first with `after`. */
export function auditLogRoutes(scope: FastifyInstance, simulator: Simulator): void {
  scope.get('/guilds/:guild_id/audit-logs', async (request): Promise<RESTGetAPIAuditLogResult> => {
    const guild = findGuild(simulator, request.params)
    requirePermission(guild, PermissionFlagsBits.ViewAuditLog)
    const { limit, user_id, action_type, before, after } = parseForm(Query, request.query)
    const entries = guild.auditLog
      .list()
      .filter((it) => user_id === undefined || it.user_id === user_id)
      .filter((it) => action_type === undefined || it.action_type === action_type)
      .filter((it) => before === undefined || BigInt(it.id) < BigInt(before))
      .filter((it) => after === undefined || BigInt(it.id) > BigInt(after))
    return {
      audit_log_entries: (after === undefined ? entries : entries.reverse()).slice(0, limit),
      users: [simulator.botUser],
      application_commands: [],
      auto_moderation_rules: [],
      guild_scheduled_events: [],
      integrations: [],
      threads: [],
      webhooks: [],
    }
  })
}
