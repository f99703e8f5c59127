import { ApiResponseError, ApiUnreachableError, type ErrorCode, SYNCER_SCOPES } from '@rollcall/contract'

export const isApiError = (error: unknown, status: number, code: ErrorCode): error is ApiResponseError =>
  error instanceof ApiResponseError && error.status === status && error.body?.code === code

/** No answer at all, the wrong token, no such guild, another run in charge, or a full disk. */
const FATAL_STATUSES = [401, 403, 404, 409, 507]

/** Whether the next request would meet the same fate, so that going on has no point. */
export const isFatal = (error: unknown): boolean =>
  error instanceof ApiUnreachableError || (error instanceof ApiResponseError && FATAL_STATUSES.includes(error.status))

const SENTENCES: Readonly<Record<number, string>> = {
  401: 'The API refuses the token: it was revoked, has expired or was mistyped. Make a new one and set API_TOKEN.',
  403: `The API token may not do this: it needs the scopes ${SYNCER_SCOPES.reconcile.join(', ')}, and to follow live ${SYNCER_SCOPES.live.join(', ')}. Make a new one and set API_TOKEN.`,
  507: "The disk behind the API's database is full: make room there, then run again. Nothing that was confirmed is lost.",
}

/** One sentence for a person, saying what to do; undefined when the error is not the API's. */
export function explainApiError(error: unknown): string | undefined {
  if (error instanceof ApiUnreachableError) {
    return `The API cannot be reached (${error.message}): check that it runs and that API_URL is right.`
  }
  if (!(error instanceof ApiResponseError)) return undefined
  if (error.body?.code === 'sync_run_ended') return 'Another run of this guild took over, so this one stops.'
  return SENTENCES[error.status]
}
