import type { Snowflake, SyncRunCounts } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import type { Logger } from 'pino'

const TIMEOUT_MS = 5_000

/** The start and the end of a run, and those of one that ended at once after it. */
const MAX_WAITING = 4

/** @see https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const MAX_DESCRIPTION_LENGTH = 4_096

const COLOURS = { started: 0x58_65_f2, done: 0x57_f2_87, partial: 0xfe_e7_5c, held: 0xfe_e7_5c, failed: 0xed_42_45 }

export type Headline = keyof typeof COLOURS

export interface Announcement {
  readonly headline: Headline
  readonly guildId: Snowflake
  readonly description?: string | undefined
  readonly counts?: Readonly<SyncRunCounts>
}

/**
 * Says in Discord how a run goes. Best effort: a webhook that fails is a line in the log and never a reason for a run to
 * fail. The URL is a secret and appears nowhere.
 */
export class Webhook {
  readonly #url: string | undefined
  readonly #log: Logger
  readonly #clock: () => number
  /** One message after the other, so that the end never overtakes the start. */
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0
  #dropped = 0

  constructor({ url, log, clock }: { url: string | undefined; log: Logger; clock: () => number }) {
    this.#url = url
    this.#log = log
    this.#clock = clock
  }

  addTo(bounds: Bounds): void {
    bounds.add('webhook_messages', {
      kind: 'queue',
      source: 'apps/bot-syncer/src/report/webhook.ts',
      unit: 'messages',
      size: () => this.#waiting,
      max: () => MAX_WAITING,
      evictions: () => this.#dropped,
    })
  }

  /**
   * Resolves once this message and those before it were sent, or have failed; there are two in a run. One that finds too
   * many before it is dropped.
   */
  announce(announcement: Announcement): Promise<void> {
    if (this.#waiting === MAX_WAITING) {
      this.#dropped += 1
      this.#log.warn({ headline: announcement.headline }, 'webhook too slow, message dropped')
      return this.#queue
    }
    this.#waiting += 1
    this.#queue = this.#queue
      .then(() => this.#send(announcement))
      .finally(() => {
        this.#waiting -= 1
      })
    return this.#queue
  }

  async #send(announcement: Announcement): Promise<void> {
    if (this.#url !== undefined) await this.post(messageOf(announcement, new Date(this.#clock())))
  }

  /** Sends a message at once. @returns undefined once Discord has it, otherwise why it has not */
  async post(message: object): Promise<string | undefined> {
    if (this.#url === undefined) return 'there is no webhook'
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      if (response.ok) return undefined
      this.#log.warn({ status: response.status }, 'webhook refused the message')
      return `the webhook answered ${response.status}`
    } catch (error) {
      // The error's own text may quote the URL.
      const reason = error instanceof Error ? error.name : 'unknown'
      this.#log.warn({ reason }, 'webhook not reached')
      return `the webhook was not reached (${reason})`
    }
  }
}

/** @see https://discord.com/developers/docs/resources/webhook#execute-webhook */
export function messageOf({ headline, guildId, description, counts }: Announcement, at: Date) {
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: `Member sync ${headline}`,
        color: COLOURS[headline],
        timestamp: at.toISOString(),
        footer: { text: `Guild ${guildId}` },
        ...(description === undefined ? {} : { description: shortened(description) }),
        ...(counts === undefined ? {} : { fields: fieldsOf(counts) }),
      },
    ],
  }
}

const shortened = (text: string) =>
  text.length <= MAX_DESCRIPTION_LENGTH ? text : `${text.slice(0, MAX_DESCRIPTION_LENGTH - 1).toWellFormed()}…`

/** What is zero is left out; the members read never are. */
function fieldsOf(counts: Readonly<SyncRunCounts>) {
  const { members_read, created, patched, departed, stale, failed, remaining, roles_written, roles_deleted } = counts
  const shown = { created, patched, departed, stale, failed, remaining, roles_written, roles_deleted }
  const named = Object.entries(shown).filter(([, value]) => value > 0)
  return [['members_read', members_read] as const, ...named].map(([name, value]) => ({
    name: name.replaceAll('_', ' '),
    value: value.toLocaleString('en'),
    inline: true,
  }))
}
