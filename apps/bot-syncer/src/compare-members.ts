import type { Member, Snowflake } from '@rollcall/contract'
import { Agreements } from './agreements.js'
import type { ReconcileContext } from './context.js'
import { mergeJoin, type Pair } from './core/merge-join.js'
import type { ObservedMember } from './core/observed-member.js'
import { Ranges } from './core/ranges.js'

/**
 * Joins each of the guild's pages with what the mirror has behind the last id of the page before and up to its own last, except
 * where the mirror agrees with a page, as it does with most: a digest of a thousand members is a thousandth of them to send and
 * to read. Behind the last page there are only members of the mirror.
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
  const { mirror, signal } = context
  const ranges = new Ranges<Member>()
  const agreements = new Agreements(context)
  let after: Snowflake | undefined
  const joined = (members: readonly ObservedMember[], through: Snowflake | undefined) => {
    const pages = ranges.take(after, through, (after) => mirror.memberPages({ after, like: members }, signal))
    return mergeJoin({ name: 'Discord', after, pages: inOnePage(members) }, { name: 'The API', after, pages }, join)
  }
  try {
    for await (const members of guildPages) {
      const through = members.at(-1)?.id
      if (through === undefined) continue
      if (await agreements.agree(members, after, through)) onAgreed(members.length)
      else yield* joined(members, through)
      after = through
    }
    yield* joined([], undefined)
  } finally {
    ranges.close()
  }
}

async function* inOnePage<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items
}
