import type { APIWebhook, RESTPostAPIChannelMessageResult } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Simulator } from '../../simulator.js'
import { MAX_WEBHOOKS_PER_CHANNEL } from '../../webhooks.js'
import { discordErrors } from '../discord-error.js'
import { parseMessage } from '../message-body.js'
import { parseForm, SnowflakeText } from '../parse-form.js'
import { toMessage } from '../to-message.js'
import { toApiWebhook } from './webhooks.js'

const ChannelParams = z.object({ channel_id: SnowflakeText })
const WebhookParams = z.object({ webhook_id: SnowflakeText })
const CreateWebhook = z.object({ name: z.string().min(1).max(80) })

/** Messages and webhooks of a guild's one channel. */
export function channelRoutes(scope: FastifyInstance, simulator: Simulator): void {
  const find = (params: unknown) => {
    const { channel_id } = parseForm(ChannelParams, params)
    const guild = simulator.guildOfChannel(channel_id)
    if (guild === undefined) throw discordErrors.unknownChannel()
    if (guild.bot === undefined) throw discordErrors.missingAccess()
    return { guildId: guild.id, channelId: channel_id }
  }

  scope.post('/channels/:channel_id/messages', async (request): Promise<RESTPostAPIChannelMessageResult> => {
    const { channelId } = find(request.params)
    return toMessage(simulator, parseMessage(request.body), { channelId, author: simulator.botUser })
  })

  scope.get('/channels/:channel_id/webhooks', async (request): Promise<APIWebhook[]> => {
    return simulator.webhooks.ofChannel(find(request.params).channelId).map(toApiWebhook)
  })

  scope.post('/channels/:channel_id/webhooks', async (request): Promise<APIWebhook> => {
    const place = find(request.params)
    const { name } = parseForm(CreateWebhook, request.body)
    if (simulator.webhooks.ofChannel(place.channelId).length >= MAX_WEBHOOKS_PER_CHANNEL) {
      throw discordErrors.tooManyWebhooks(MAX_WEBHOOKS_PER_CHANNEL)
    }
    return toApiWebhook(simulator.webhooks.create({ ...place, name, seed: 0 }))
  })

  scope.delete('/webhooks/:webhook_id', async (request, reply) => {
    const { webhook_id } = parseForm(WebhookParams, request.params)
    if (!simulator.webhooks.delete(webhook_id)) throw discordErrors.unknownWebhook()
    return reply.code(204).send()
  })
}
