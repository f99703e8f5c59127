import { Scope } from '@rollcall/contract'
import type { PrismaClient } from '../generated/prisma/client.js'
import { createKey, hashKey } from './key.js'
import { MAX_TOKENS } from './token-book.js'

/** A token for a person's eyes: everything but its key, which nobody knows any more. */
export interface TokenSummary {
  readonly name: string
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly lastUsedAt: Date | null
}

/** A tab or a line break in it would forge a line of the list. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,100}$/u

/**
 * Makes a token. @returns its key, which is shown this once
 *
 * @throws with a sentence for a person when a scope is unknown, the name is taken or there are too many tokens
 */
export async function createToken(
  prisma: PrismaClient,
  { name, scopes, expiresAt }: { name: string; scopes: readonly string[]; expiresAt?: Date | undefined },
): Promise<string> {
  if (!NAME.test(name)) throw new Error('The name needs 1 to 100 characters, none of them a control character.')
  const unknown = scopes.filter((scope) => !Scope.safeParse(scope).success)
  if (unknown.length > 0 || scopes.length === 0) {
    const fault = unknown.length > 0 ? `There is no scope ${unknown.join(', ')}.` : 'A token needs at least one scope.'
    throw new Error(`${fault} The scopes are: ${Scope.options.join(', ')}.`)
  }
  if (await prisma.api_token.findUnique({ where: { name } })) {
    throw new Error(`There is a token named ${name} already, in force or revoked. Choose another name.`)
  }
  if ((await prisma.api_token.count()) >= MAX_TOKENS) {
    throw new Error(`There are ${MAX_TOKENS} tokens already. Remove revoked ones with: npm run token -- prune`)
  }
  const key = createKey()
  await prisma.api_token.create({
    data: { name, scopes: [...new Set(scopes)], key_hash: hashKey(key) as never, expires_at: expiresAt ?? null },
  })
  return key
}

export async function listTokens(prisma: PrismaClient): Promise<TokenSummary[]> {
  const rows = await prisma.api_token.findMany({ orderBy: { name: 'asc' }, take: MAX_TOKENS })
  return rows.map((row) => ({
    name: row.name,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  }))
}

/** Ends a token; it counts everywhere within seconds. @returns false when none of this name was in force */
export async function revokeToken(prisma: PrismaClient, name: string): Promise<boolean> {
  const { count } = await prisma.api_token.updateMany({
    where: { name, revoked_at: null },
    data: { revoked_at: new Date() },
  })
  return count > 0
}

/** Removes tokens that are revoked or expired. @returns how many */
export async function pruneTokens(prisma: PrismaClient): Promise<number> {
  const { count } = await prisma.api_token.deleteMany({
    where: { OR: [{ revoked_at: { not: null } }, { expires_at: { lt: new Date() } }] },
  })
  return count
}
