import type { Snowflake } from '@rollcall/contract'
import { Prisma, type PrismaClient } from '../../generated/prisma/client.js'

/** "These two accounts are one person": stored once per direction, with the same context and actor. */
export interface Alt {
  readonly guildId: Snowflake
  readonly source: Snowflake
  readonly target: Snowflake
}

/** Both directions of the same. */
const pair = ({ guildId, source, target }: Alt) => ({
  guild_id: guildId,
  OR: [
    { source, target },
    { source: target, target: source },
  ],
})

/** Which of `ids` are users of the guild. */
export async function knownUsers(
  prisma: PrismaClient,
  guildId: Snowflake,
  ids: readonly Snowflake[],
): Promise<Set<Snowflake>> {
  const rows = await prisma.member.findMany({
    where: { guild_id: guildId, id: { in: [...ids] } },
    select: { id: true },
  })
  return new Set(rows.map((it) => it.id))
}

export const countAlts = (prisma: PrismaClient, guildId: Snowflake, source: Snowflake): Promise<number> =>
  prisma.alt_account.count({ where: { guild_id: guildId, source } })

/**
 * Links two accounts, in both directions with one statement.
 *
 * @param at - milliseconds since 1970
 * @returns `exists` when they are linked already, `gone` when one of them was deleted in the meantime
 */
export async function createAlt(
  prisma: PrismaClient,
  { guildId, source, target, actor, context, at }: Alt & { actor: Snowflake; context: string; at: number },
): Promise<'created' | 'exists' | 'gone'> {
  const now = new Date(at)
  const row = { guild_id: guildId, actor, context, created_at: now, updated_at: now }
  // By ascending source, so that the same link made from both sides at once waits instead of deadlocking.
  const ends = source < target ? [source, target] : [target, source]
  const data = [
    { ...row, source: ends[0], target: ends[1] },
    { ...row, source: ends[1], target: ends[0] },
  ] as Prisma.alt_accountCreateManyInput[]
  try {
    await prisma.alt_account.createMany({ data })
    return 'created'
  } catch (error) {
    const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : undefined
    if (code === UNIQUE_VIOLATION) return 'exists'
    if (code === FOREIGN_KEY_VIOLATION) return 'gone'
    throw error
  }
}

/** @see https://www.prisma.io/docs/orm/reference/error-reference */
const UNIQUE_VIOLATION = 'P2002'
const FOREIGN_KEY_VIOLATION = 'P2003'

/** @returns false when the two are not linked */
export async function updateAlt(
  prisma: PrismaClient,
  { context, at, ...alt }: Alt & { context: string; at: number },
): Promise<boolean> {
  const data = { context, updated_at: new Date(at) }
  return (await prisma.alt_account.updateMany({ where: pair(alt), data })).count > 0
}

/** @returns false when the two are not linked */
export async function deleteAlt(prisma: PrismaClient, alt: Alt): Promise<boolean> {
  return (await prisma.alt_account.deleteMany({ where: pair(alt) })).count > 0
}
