import { ApiResponseError, digestMembers, type Member, type Snowflake } from '@rollcall/contract'
import type { ReconcileContext } from './context.js'
import { mergeJoin, type Pair } from './core/merge-join.js'
import type { ObservedMember } from './core/observed-member.js'
import { Ranges } from './core/ranges.js'
import { WorthAsking } from './core/worth-asking.js'

/**
 * Joins the guild's pages with what the mirror has between the first and the last id of each, except where the mirror agrees
 * with a page, as it does with most: a digest of a thousand members is a thousandth of them to send and to read.
 *
 * @param onAgreed - hears how many members a page had that the mirror agrees with
 * @throws {@link OutOfOrderError}
 */
export async function* compareMembers<T>(
  context: ReconcileContext,
  guildPages: AsyncIterable<readonly ObservedMember[]>,
  onAgreed: (members: number) => void,
  join: (...pair: Pair<ObservedMember, Member>) => T | undefined,
): AsyncGenerator<T[]> {
  const mirror = new Ranges((after) => context.mirror.memberPages(context.signal, after))
  const worthAsking = new WorthAsking()
  let after: Snowflake | undefined
  const joined = (members: readonly ObservedMember[], through: Snowflake | undefined) => {
    const guildSide = { name: 'Discord', after, pages: inOnePage(members) }
    return mergeJoin(guildSide, { name: 'The API', after, pages: mirror.take(after, through) }, join)
  }
  for await (const members of guildPages) {
    const through = members.at(-1)?.id
    if (through === undefined) continue
    const agrees = worthAsking.next() && worthAsking.note(await mirrorAgrees(context, members, after, through))
    if (agrees) onAgreed(members.length)
    else yield* joined(members, through)
    after = through
  }
  yield* joined([], undefined)
}

async function* inOnePage<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items
}

/** Whether exactly these are present in the mirror, as they are, above `after` and up to the last of them. */
async function mirrorAgrees(
  { mirror, signal }: ReconcileContext,
  members: readonly ObservedMember[],
  after: Snowflake | undefined,
  through: Snowflake,
): Promise<boolean> {
  const expected = digestMembers(members)
  if (expected === undefined) return false
  try {
    const { sha256 } = await mirror.digest(after, through, signal)
    return sha256 === expected
  } catch (error) {
    if (isNotServed(error)) return false
    throw error
  }
}

/** An API of the version before has no such route, and no member of that name; a guild that is gone is told by its pages. */
const isNotServed = (error: unknown) =>
  error instanceof ApiResponseError && (error.status === 400 || error.status === 404)
