import { isSnowflake, type Snowflake, type Stamp, sortSnowflakes } from '@rollcall/contract'

/** What a page of Discord's list said of one member, in the mirror's terms. */
export interface ObservedMember {
  readonly id: Snowflake
  readonly name: string
  readonly display_name: string
  readonly discriminator: number
  /** Ascending, without `@everyone`. */
  readonly roles: readonly Snowflake[]
  /** When its page was asked for. */
  readonly stamp: Stamp
}

/** The part of Discord's guild member object that the mirror keeps. */
export interface DiscordMember {
  readonly user: {
    readonly id: string
    readonly username: string
    readonly global_name?: string | null
    readonly discriminator: string
  }
  readonly nick?: string | null
  readonly roles: readonly string[]
  /** ISO 8601; null for a guest. */
  readonly joined_at?: string | null
}

/**
 * Discord's member in the mirror's terms.
 *
 * @see https://discord.com/developers/docs/resources/guild#guild-member-object
 */
export function observe({ user, nick, roles }: DiscordMember, stamp: Stamp): ObservedMember {
  return {
    id: BigInt(user.id),
    name: user.username,
    display_name: nick ?? user.global_name ?? user.username,
    discriminator: Number(user.discriminator),
    roles: sortSnowflakes(roles.filter(isSnowflake).map(BigInt)),
    stamp,
  }
}
