import type { ClaimNoticeResponse, LiveClient } from '@rollcall/contract'
import type { Logger } from 'pino'
import { pause } from './leases.js'

const INTERVAL_MS = 30_000

const COLOUR = 0x58_65_f2

export interface NoticesOptions {
  readonly client: Pick<LiveClient, 'claimNotice' | 'reportNotice'>
  /** Undefined once it was sent, otherwise why not. */
  readonly post: (message: object) => Promise<string | undefined>
  readonly log: Logger
}

type Notice = NonNullable<ClaimNoticeResponse['notice']>

/** Says in Discord what is to be said once: at most once, because only one process is given it, and none again. */
export async function sendNotices({ client, post, log }: NoticesOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { notice } = await client.claimNotice(signal)
      if (notice !== null) {
        const error = await post(welcome(notice))
        await client.reportNotice(notice.id, error === undefined ? { state: 'sent' } : { state: 'failed', error })
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'notices not asked for')
    }
    await pause(INTERVAL_MS, signal)
  }
}

/** @see https://discord.com/developers/docs/resources/message#embed-object */
export function welcome({ guild_count, guilds }: Notice) {
  const names = guilds.map(({ id, name }) => `${name} (${id})`)
  const more = guild_count - guilds.length
  if (more > 0) names.push(`and ${more.toLocaleString('en')} more`)
  const title =
    guild_count === 1
      ? 'A guild is followed for the first time'
      : `${guild_count.toLocaleString('en')} guilds are followed for the first time`
  const description = `${names.join('\n')}\n\nTheir members are being read now; from here on changes arrive within a second.`
  return { allowed_mentions: { parse: [] }, embeds: [{ title, color: COLOUR, description }] }
}
