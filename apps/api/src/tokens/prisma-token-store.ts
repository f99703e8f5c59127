import { Scope } from '@rollcall/contract'
import type { PrismaClient } from '../generated/prisma/client.js'
import { type KnownToken, MAX_TOKENS, type TokenStore } from './token-book.js'

/** Tokens in Postgres. */
export function prismaTokenStore(prisma: PrismaClient): TokenStore {
  return {
    async load() {
      const rows = await prisma.api_token.findMany({ take: MAX_TOKENS, orderBy: { id: 'desc' } })
      return new Map(rows.map((row) => [Buffer.from(row.key_hash).toString('hex'), toKnownToken(row)]))
    },
    async touch(uses) {
      const times = [...uses.values()].map((ms) => new Date(ms).toISOString())
      // Another process may have seen a later use.
      await prisma.$executeRaw`
        update api_token set last_used_at = greatest(last_used_at, used.at)
        from unnest(${[...uses.keys()]}::integer[], ${times}::timestamptz[]) as used (id, at)
        where api_token.id = used.id`
    },
  }
}

type Row = Awaited<ReturnType<PrismaClient['api_token']['findMany']>>[number]

/** A scope that this version does not know grants nothing. */
function toKnownToken({ id, name, scopes, expires_at, revoked_at }: Row): KnownToken {
  const known = scopes.filter((scope): scope is Scope => Scope.safeParse(scope).success)
  return { id, name, scopes: new Set(known), expiresAt: expires_at, revokedAt: revoked_at }
}
