import type { Member } from '../guild/member.js'
import { MAX_NAME_CODE_POINTS } from '../guild/names.js'
import type { DrawnFaults } from './fault-book.js'

/** A page of members as the drawn faults make it lie; the guild itself stays as it is. */
export function distortPage(page: readonly Member[], faults: DrawnFaults): readonly Member[] {
  if (faults.list.length === 0) return page
  if (faults.find('empty_members')) return []
  const lie = [...page]
  const short = faults.find('short_page')
  if (short) lie.length = Math.min(lie.length, short.keep ?? Math.floor(lie.length / 2))
  const stale = faults.find('stale_username')
  for (let index = 0; index < Math.min(stale?.count ?? 0, lie.length); index++) {
    const member = lie[index] as Member
    lie[index] = { ...member, username: `old.${member.username}`.slice(0, MAX_NAME_CODE_POINTS) }
  }
  if (lie.length < 2) return lie
  const last = lie.length - 1
  if (faults.find('page_out_of_order')) [lie[0], lie[last]] = [lie[last] as Member, lie[0] as Member]
  if (faults.find('page_duplicate_id')) lie[last] = lie[last - 1] as Member
  return lie
}
