import { createHash, randomBytes } from 'node:crypto'
import { withClient } from '../rig/query.js'

/** Beside the one of the soak; there are at most 1,000. */
const MAX_NEW_TOKENS = 900

/** How many a round has, so that a full run sees ten times as many as there may be at once. */
export const newTokensIn = (requests: number): number => Math.min(MAX_NEW_TOKENS, Math.ceil(requests / 10))

const REPLACE = `
with gone as (delete from api_token where name like 'soak %')
insert into api_token (name, key_hash, scopes) select 'soak ' || encode(hash, 'hex'), hash, '{guilds:read}'
from unnest($1::bytea[]) as fresh (hash)`

/** Puts so many tokens in the place of those of the round before. @returns their keys */
export async function newTokens(databaseUrl: string, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, () => randomBytes(32).toString('base64url'))
  const hashes = keys.map((key) => createHash('sha256').update(key).digest())
  await withClient(databaseUrl, (client) => client.query(REPLACE, [hashes]))
  return keys
}
