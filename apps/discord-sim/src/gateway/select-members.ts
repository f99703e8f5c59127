import type { Guild } from '../guild/guild.js'
import type { Member } from '../guild/member.js'
import { MAX_REQUESTED_IDS, type RequestMembers } from './payloads.js'

/** Members that a request by the start of a name finds at most. */
const MAX_FOUND_BY_NAME = 100

/** One chunk: its place, and its members when somebody wants to have them. */
export interface Page {
  readonly index: number
  readonly members: () => readonly Member[]
}

export interface Selection {
  readonly pages: Iterable<Page>
  readonly count: number
  readonly notFound: readonly string[]
}

/** Who is meant by a request, cut into pages; there is one at least. */
export function selectMembers(guild: Guild, asked: RequestMembers, size: number): Selection {
  if (asked.user_ids) return byIds(guild, asked.user_ids)
  const { query = '', limit = 0 } = asked
  if (query === '' && limit === 0) return everybody(guild, size)
  return one(byName(guild, query.toLowerCase(), Math.min(limit || MAX_FOUND_BY_NAME, MAX_FOUND_BY_NAME)))
}

function everybody(guild: Guild, size: number): Selection {
  const count = Math.max(1, Math.ceil(guild.members.count / size))
  return { pages: allPages(guild, size, count), count, notFound: [] }
}

/** One page after the other, each computed when it is come to, and once more for whoever asks for it a second time. */
function* allPages({ members }: Guild, size: number, count: number): Generator<Page> {
  let after = 0n
  for (let index = 0; index < count; index++) {
    const start = after
    const page = members.page(start, size)
    after = page.at(-1)?.id ?? after
    let computed: readonly Member[] | undefined = page
    const take = () => {
      const taken = computed ?? members.page(start, size)
      computed = undefined
      return taken
    }
    yield { index, members: take }
  }
}

function byIds(guild: Guild, ids: readonly string[]): Selection {
  const asked = ids.slice(0, MAX_REQUESTED_IDS)
  const found = asked.map((id) => (/^\d{1,20}$/.test(id) ? guild.members.get(BigInt(id)) : undefined))
  const notFound = asked.filter((_, place) => found[place] === undefined)
  return { ...one(found.filter((it) => it !== undefined)), notFound }
}

function byName(guild: Guild, start: string, limit: number): Member[] {
  const found: Member[] = []
  for (const page of guild.members.pages())
    for (const member of page) {
      const isFound = [member.username, member.nick ?? ''].some((name) => name.toLowerCase().startsWith(start))
      if (isFound && found.push(member) === limit) return found
    }
  return found
}

const one = (members: readonly Member[]): Selection => ({
  pages: [{ index: 0, members: () => members }],
  count: 1,
  notFound: [],
})
