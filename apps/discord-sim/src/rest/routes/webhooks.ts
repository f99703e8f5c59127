import { type APIWebhook, WebhookType } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Simulator } from '../../simulator.js'
import type { Webhook } from '../../webhooks.js'
import { discordErrors } from '../discord-error.js'
import { parseMessage } from '../message-body.js'
import { parseForm, SnowflakeText } from '../parse-form.js'
import { sendRateLimited } from '../send-rate-limited.js'
import { toMessage } from '../to-message.js'

const WebhookParams = z.object({ webhook_id: SnowflakeText, webhook_token: z.string() })
const ExecuteQuery = z.object({ wait: z.enum(['true', 'false', '1', '0']).default('false') })

/** Routes whose secret is in the path. */
export function webhookRoutes(scope: FastifyInstance, simulator: Simulator): void {
  scope.post('/webhooks/:webhook_id/:webhook_token', async (request, reply) => {
    const webhook = findWebhook(simulator, request.params)
    const { wait } = parseForm(ExecuteQuery, request.query)
    const body = parseMessage(request.body)
    const verdict = simulator.limiter.takeWebhookChannel(webhook.channelId)
    if (verdict?.allowed === false) {
      return sendRateLimited(reply, { scope: 'shared', retryAfterSeconds: verdict.resetAfterMs / 1_000 })
    }
    const author = {
      ...simulator.botUser,
      id: webhook.id,
      username: body.username ?? webhook.name,
      discriminator: '0000',
    }
    const message = toMessage(simulator, body, { channelId: webhook.channelId, webhookId: webhook.id, author })
    webhook.messages.push(message)
    return wait === 'true' || wait === '1' ? message : reply.code(204).send()
  })

  scope.get('/webhooks/:webhook_id/:webhook_token', async (request): Promise<APIWebhook> => {
    return toApiWebhook(findWebhook(simulator, request.params))
  })

  scope.delete('/webhooks/:webhook_id/:webhook_token', async (request, reply) => {
    simulator.webhooks.delete(findWebhook(simulator, request.params).id)
    return reply.code(204).send()
  })
}

export function toApiWebhook(webhook: Webhook): APIWebhook {
  return {
    id: webhook.id,
    type: WebhookType.Incoming,
    guild_id: webhook.guildId,
    channel_id: webhook.channelId,
    name: webhook.name,
    avatar: null,
    token: webhook.token,
    application_id: null,
  }
}

function findWebhook({ webhooks }: Simulator, params: unknown): Webhook {
  const { webhook_id, webhook_token } = parseForm(WebhookParams, params)
  const webhook = webhooks.get(webhook_id)
  if (webhook === undefined) throw discordErrors.unknownWebhook()
  if (webhook.token !== webhook_token) throw discordErrors.invalidWebhookToken()
  return webhook
}
