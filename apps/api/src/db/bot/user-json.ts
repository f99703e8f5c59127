/**
 * A user of the bot contract as Postgres writes it: six keys in this order, bare 64-bit ids, no blanks. Users pass through
 * the process as text, once.
 */
export const USER_COLUMNS =
  'member.id, member.name, member.display_name, member.discriminator, member.roles, member.in_guild'

/** For a statement that has a row of `member` at hand. */
export const USER_JSON = `(select row_to_json(bot_user)::text from (select ${USER_COLUMNS}) as bot_user)`
