import type { APIGuildMember, GuildMemberFlags, UserFlags } from 'discord-api-types/v10'

/** What the simulator knows of one member: the fields of Discord's guild member object that ever differ. */
export interface Member {
  readonly id: bigint
  readonly username: string
  /** `'0'` for people, four digits for bots. */
  readonly discriminator: string
  readonly global_name: string | null
  readonly avatar: string | null
  readonly bot: boolean
  readonly nick: string | null
  /** Without `@everyone`, as in Discord's API. */
  readonly roles: readonly string[]
  readonly joined_at: string
  readonly flags: number
}

/** @see https://discord.com/developers/docs/resources/guild#guild-member-object */
export function toApiMember(member: Member): APIGuildMember {
  return {
    user: {
      id: `${member.id}`,
      username: member.username,
      global_name: member.global_name,
      avatar: member.avatar,
      avatar_decoration_data: null,
      collectibles: null,
      primary_guild: null,
      discriminator: member.discriminator,
      public_flags: 0 as UserFlags,
      ...(member.bot ? { bot: true } : {}),
    },
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: [...member.roles],
    joined_at: member.joined_at,
    premium_since: null,
    deaf: false,
    mute: false,
    flags: member.flags as GuildMemberFlags,
    pending: false,
    communication_disabled_until: null,
  }
}
