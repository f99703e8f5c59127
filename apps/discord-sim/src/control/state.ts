import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Simulator } from '../simulator.js'
import { NotFoundError } from './not-found-error.js'

const JournalQuery = z.object({ after: z.coerce.number().int().min(0).default(0) })
const WebhookParams = z.object({ webhook_id: z.string() })

/** What is the case and what has happened. */
export function controlStateRoutes(app: FastifyInstance, simulator: Simulator): void {
  const { traffic, limiter, journal, webhooks, settings } = simulator

  app.get('/state', async (request) => ({
    bot_id: `${simulator.bot.id}`,
    settings,
    guilds: [...simulator.guilds.values()].map((guild) => ({
      id: guild.id,
      name: guild.name,
      members: guild.members.count,
      roles: guild.roles.size,
      members_role_id: guild.seeded.membersId,
      edited_members: guild.members.editedCount,
      version: guild.version,
    })),
    stubs: { count: simulator.stubs.count, changed: simulator.stubs.changedCount },
    webhooks: webhooks.list().map((it) => ({
      id: it.id,
      guild_id: it.guildId,
      channel_id: it.channelId,
      url: webhookUrl(`http://${request.host}`, it),
      messages: it.messages.size,
    })),
    requests: traffic.requests,
    rate_limited: traffic.rateLimited,
    invalid_requests: limiter.invalidRequests,
    journal_seq: journal.seq,
    faults: simulator.faults.armed,
  }))

  app.get('/journal', async (request) => journal.after(JournalQuery.parse(request.query).after))

  app.get('/webhooks/:webhook_id/messages', async (request) => {
    const { webhook_id } = WebhookParams.parse(request.params)
    const webhook = webhooks.get(webhook_id)
    if (webhook === undefined) throw new NotFoundError(`No webhook ${webhook_id}`)
    return [...webhook.messages]
  })

  app.delete('/webhooks/:webhook_id', async (request, reply) => {
    const { webhook_id } = WebhookParams.parse(request.params)
    if (!webhooks.delete(webhook_id)) throw new NotFoundError(`No webhook ${webhook_id}`)
    return reply.code(204).send()
  })
}

/** Where messages for a webhook are posted. */
export function webhookUrl(origin: string, { id, token }: { id: string; token: string }): string {
  return `${origin}/api/v10/webhooks/${id}/${token}`
}
