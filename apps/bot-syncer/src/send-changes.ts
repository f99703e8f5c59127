import { ApiResponseError, type Chunk, chunked, type EncodedPatch, type Stamp, withOwnStamps } from '@rollcall/contract'
import { isFatal } from './api/errors.js'
import type { ReconcileContext } from './context.js'
import { readAhead } from './core/read-ahead.js'
import type { ChangeKind } from './core/report.js'

/** A change on its way: encoded, and with the instant at which it was observed. */
export interface PendingChange extends EncodedPatch {
  readonly kind: ChangeKind
  readonly stamp: Stamp
}

/** So many chunks in a row that fail for good are not about the chunks. */
const MAX_FAILED_IN_A_ROW = 3

const MAX_IDS_LOGGED = 5

/**
 * Sends changes in chunks, one in flight, while the next chunk is made ready. A chunk that fails for good is counted and
 * the rest goes on; what would fail every chunk ends the run.
 *
 * @param pages - of changes by ascending stamp: a chunk has the stamp of its first item, and what is newer its own
 * @throws what would meet every other chunk, too
 */
export async function sendChanges(
  context: ReconcileContext,
  pages: AsyncIterable<readonly PendingChange[]>,
): Promise<void> {
  let failedInARow = 0
  for await (const chunk of readAhead(chunked(pages, context.chunkLimits))) {
    try {
      context.holdings.changesInFlight = chunk.length
      await sendChunk(context, chunk)
      failedInARow = 0
    } catch (error) {
      context.signal.throwIfAborted()
      if (isFatal(error)) throw error
      failedInARow += 1
      failChunk(context, chunk, error)
      if (failedInARow === MAX_FAILED_IN_A_ROW) throw error
    } finally {
      context.holdings.changesInFlight = 0
    }
    context.onCounts()
  }
}

async function sendChunk(context: ReconcileContext, chunk: Chunk<PendingChange>): Promise<void> {
  const { mirror, report, failures, progress, signal, clock } = context
  const [first] = chunk
  if (first === undefined) return
  const startedAtMs = clock()
  const response = await mirror.patchMembers(withOwnStamps(chunk), first.stamp, signal)
  report.confirm(
    chunk.map((change) => change.kind),
    response,
  )
  for (const { id, verdict, error } of response.results) {
    if (verdict === 'failed') failures.note(id, error?.message ?? 'The API gave no reason')
  }
  progress.chunk(response.counts, clock() - startedAtMs)
}

function failChunk({ report, log }: ReconcileContext, chunk: Chunk<PendingChange>, error: unknown): void {
  report.fail(chunk.length)
  const members = chunk.slice(0, MAX_IDS_LOGGED).map((change) => `${change.id}`)
  const issues = error instanceof ApiResponseError ? error.body?.issues : undefined
  log.error({ err: error, issues, changes: chunk.length, first_members: members }, 'chunk failed')
}
