import { MAX_BULK_BODY_BYTES, MAX_MEMBERS_PER_REQUEST } from '../limits.js'
import type { MemberPatch } from '../member.js'
import type { Snowflake } from '../snowflake.js'
import type { Stamp } from '../stamp.js'

/** A patch and its JSON, encoded once: the chunker measures what the request then sends. */
export interface EncodedPatch {
  readonly id: Snowflake
  readonly json: string
  /** When it was observed. Where that is not the stamp of the chunk's first item, the patch travels with it. */
  readonly stamp?: Stamp
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

/** A patch that is only read. */
export type OutgoingPatch = Readonly<Omit<MemberPatch, 'roles'>> & { readonly roles?: readonly Snowflake[] | undefined }

/** Beside `id` and `roles`. */
const OTHER_FIELDS = ['name', 'display_name', 'discriminator', 'in_guild', 'observed_at'] as const

/** The wire form of one patch; ids as strings of digits, which every JSON parser reads exactly. */
export function encodePatch(patch: OutgoingPatch): EncodedPatch {
  // Written by hand: most changes are of roles alone, and a replacer function would be called for each of them.
  const { id, roles } = patch
  let fields = `"id":"${id}"`
  if (roles !== undefined) fields += roles.length === 0 ? ',"roles":[]' : `,"roles":["${roles.join('","')}"]`
  for (const field of OTHER_FIELDS) {
    if (patch[field] !== undefined) fields += `,"${field}":${JSON.stringify(patch[field])}`
  }
  return { id, json: `{${fields}}` }
}

/**
 * The patches of a chunk as they travel: those of later pages than the first with a stamp of their own. With that of the
 * oldest page, an event between two pages would make an item of the later one stale, which has seen the event's effect.
 */
export function withOwnStamps<T extends EncodedPatch>(chunk: Chunk<T>): Chunk<T> {
  const [first] = chunk
  if (first === undefined || chunk.at(-1)?.stamp === first.stamp) return chunk
  return chunk.map((patch) => {
    const own = ownStampOf(patch, first)
    return own === '' ? patch : { ...patch, json: `${patch.json.slice(0, -1)}${own}}` }
  })
}

const ownStampOf = ({ stamp }: EncodedPatch, first: EncodedPatch): string =>
  stamp === undefined || stamp === first.stamp ? '' : `,"observed_at":${JSON.stringify(stamp)}`

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
      const size = Buffer.byteLength(item.json) + 1 + ownStampOf(item, chunk[0] ?? item).length
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
