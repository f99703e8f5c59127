import { MAX_BULK_BODY_BYTES, MAX_MEMBERS_PER_REQUEST } from '../limits.js'
import type { MemberPatch } from '../member.js'
import type { Snowflake } from '../snowflake.js'

/** A patch and its JSON, encoded once: the chunker measures what the request then sends. */
export interface EncodedPatch {
  readonly id: Snowflake
  readonly json: string
}

/** At most {@link MAX_MEMBERS_PER_REQUEST} patches that travel in one request. */
export type Chunk<T extends EncodedPatch = EncodedPatch> = readonly T[]

export interface ChunkLimits {
  readonly maxItems: number
  readonly maxBytes: number
}

/** Bytes of a request around its items: the braces, the names and the stamp. */
export const ENVELOPE_BYTES = 128

export const CHUNK_LIMITS: ChunkLimits = { maxItems: MAX_MEMBERS_PER_REQUEST, maxBytes: MAX_BULK_BODY_BYTES }

/** The wire form of one patch; ids as strings of digits, which every JSON parser reads exactly. */
export function encodePatch({ id, roles, ...rest }: MemberPatch): EncodedPatch {
  // Written by hand: most changes are of roles alone, and a replacer function would be called for each of them.
  const others = JSON.stringify(rest).slice(1, -1)
  const ids = roles === undefined ? '' : `,"roles":${roles.length === 0 ? '[]' : `["${roles.join('","')}"]`}`
  return { id, json: `{"id":"${id}"${ids}${others === '' ? '' : `,${others}`}}` }
}

/**
 * Cuts a stream into chunks by count and by bytes, in order, holding one chunk and one page at a time. A single item larger
 * than `maxBytes` travels alone: the server's answer then says what is wrong with it.
 *
 * @param pages - of items: a thousand of them cross the asynchronous border at once
 */
export async function* chunked<T extends EncodedPatch>(
  pages: AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
  { maxItems, maxBytes }: ChunkLimits = CHUNK_LIMITS,
): AsyncGenerator<Chunk<T>> {
  let chunk: T[] = []
  let bytes = ENVELOPE_BYTES
  for await (const page of pages) {
    for (const item of page) {
      const size = Buffer.byteLength(item.json) + 1
      if (chunk.length > 0 && (chunk.length === maxItems || bytes + size > maxBytes)) {
        yield chunk
        chunk = []
        bytes = ENVELOPE_BYTES
      }
      chunk.push(item)
      bytes += size
    }
  }
  if (chunk.length > 0) yield chunk
}
