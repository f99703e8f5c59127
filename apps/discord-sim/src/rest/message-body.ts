import { z } from 'zod'
import { discordErrors } from './discord-error.js'
import { parseForm } from './parse-form.js'

/** @see https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const MAX_EMBED_CHARACTERS = 6_000

const Url = z.string().max(2_048)

/** Lengths are counted in UTF-16 units: never more lenient than Discord. */
const Embed = z.object({
  title: z.string().max(256).optional(),
  description: z.string().max(4_096).optional(),
  url: Url.optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  color: z.int().min(0).max(0xffffff).optional(),
  fields: z
    .array(
      z.object({
        name: z.string().min(1).max(256),
        value: z.string().min(1).max(1_024),
        inline: z.boolean().optional(),
      }),
    )
    .max(25)
    .optional(),
  footer: z.object({ text: z.string().max(2_048), icon_url: Url.optional() }).optional(),
  author: z.object({ name: z.string().max(256), url: Url.optional(), icon_url: Url.optional() }).optional(),
  image: z.object({ url: Url }).optional(),
  thumbnail: z.object({ url: Url }).optional(),
})
type Embed = z.output<typeof Embed>

const Embeds = z
  .array(Embed)
  .max(10)
  .refine((embeds) => embeds.reduce((sum, it) => sum + charactersOf(it), 0) <= MAX_EMBED_CHARACTERS, {
    error: `Embed size exceeds maximum size of ${MAX_EMBED_CHARACTERS}`,
    params: { code: 'MAX_EMBED_SIZE_EXCEEDED' },
  })

const MessageBody = z.object({
  content: z.string().max(2_000).nullish(),
  embeds: Embeds.nullish(),
  tts: z.boolean().nullish(),
  username: z.string().min(1).max(80).nullish(),
  avatar_url: Url.nullish(),
  allowed_mentions: z.object({ parse: z.array(z.enum(['roles', 'users', 'everyone'])).optional() }).nullish(),
})
export type MessageBody = z.output<typeof MessageBody>

/**
 * What a webhook or a bot sends into a channel.
 *
 * @throws {@link DiscordError} 50035 past a limit, 50006 when there is nothing to show
 */
export function parseMessage(sent: unknown): MessageBody {
  const body = parseForm(MessageBody, sent ?? {})
  if (!body.content && !body.embeds?.length) throw discordErrors.emptyMessage()
  return body
}

/** What counts towards the sum over all embeds of a message. */
function charactersOf({ title = '', description = '', fields = [], footer, author }: Embed): number {
  const texts = [
    title,
    description,
    footer?.text ?? '',
    author?.name ?? '',
    ...fields.flatMap((it) => [it.name, it.value]),
  ]
  return texts.reduce((sum, text) => sum + text.length, 0)
}
