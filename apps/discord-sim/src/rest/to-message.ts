import { type APIEmbed, type APIMessage, type APIUser, MessageType } from 'discord-api-types/v10'
import { apiTimestamp } from '../guild/api-timestamp.js'
import type { Simulator } from '../simulator.js'
import type { MessageBody } from './message-body.js'

/** The message that Discord makes of what was sent. */
export function toMessage(
  simulator: Simulator,
  body: MessageBody,
  by: { channelId: string; webhookId?: string; author: APIUser },
): APIMessage {
  return {
    id: simulator.snowflakes.next(),
    type: MessageType.Default,
    channel_id: by.channelId,
    ...(by.webhookId === undefined ? {} : { webhook_id: by.webhookId }),
    author: by.author,
    content: body.content ?? '',
    embeds: (body.embeds ?? []).map(toEmbed),
    timestamp: apiTimestamp(simulator.nowMs()),
    edited_timestamp: null,
    tts: body.tts ?? false,
    mention_everyone: false,
    mention_roles: [],
    mentions: [],
    attachments: [],
    pinned: false,
  }
}

/** Fields that were not sent are left out, not undefined. */
function toEmbed(embed: NonNullable<MessageBody['embeds']>[number]): APIEmbed {
  return JSON.parse(JSON.stringify({ type: 'rich', ...embed })) as APIEmbed
}
