import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createToken } from './processes/database.js'

/**
 * The syncer's key for the API: the one in `file` as long as the API accepts it, otherwise a new one, kept there for the
 * next start and readable by its owner only.
 */
export async function ensureSyncerToken(file: string, api: { url: string }, databaseUrl: string): Promise<string> {
  const known = (await readFile(file, 'utf8').catch(noneWhenMissing))?.trim()
  if (known && (await isAccepted(api.url, known))) return known
  // Names are unique, and the database may know an older key whose file is gone.
  const token = await createToken(databaseUrl, `bot-syncer ${new Date().toISOString()}`)
  const fresh = `${file}.new`
  await rm(fresh, { force: true })
  await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'wx' })
  await rename(fresh, file)
  return token
}

/** Asks for what the newest scope opens: a key from before there was one is not enough. */
async function isAccepted(apiUrl: string, token: string): Promise<boolean> {
  const response = await fetch(`${apiUrl}/gateway/0/shards?limit=1`, { headers: { authorization: `Bearer ${token}` } })
  await response.body?.cancel()
  return response.status !== 401 && response.status !== 403
}

function noneWhenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
