import { explainApiError } from '../api/errors.js'
import { explainDiscordError } from '../discord/explain.js'

/** One sentence for a person: what went wrong and, where it is known, what to do about it. */
export function explain(error: unknown): string {
  const known = explainDiscordError(error) ?? explainApiError(error)
  if (known !== undefined) return known
  if (!(error instanceof Error)) return String(error)
  if (isConnectionFailure(error)) {
    return `Discord cannot be reached (${codeOf(error) ?? error.message}): check the network and DISCORD_API_URL. The next run catches up.`
  }
  return error.message
}

const codeOf = (error: Error) => ('code' in error && typeof error.code === 'string' ? error.code : undefined)

/** The API's own failures to answer are errors of their own class, so a bare connection error is Discord's. */
const isConnectionFailure = (error: Error) =>
  error.name === 'AbortError' || /^(E[A-Z]{3,}|EAI_AGAIN|UND_ERR_[A-Z_]+)$/.test(codeOf(error) ?? '')
