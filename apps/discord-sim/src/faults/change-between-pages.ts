import type { Guild } from '../guild/guild.js'
import type { DrawnFaults } from './fault-book.js'

/** The smallest id of 17 digits. */
const MIN_ID = 10_000_000_000_000_000n

/**
 * Lets somebody leave or join just before a page is made: really, so that the truth changes too. `ahead` of the cursor
 * is where the reader has yet to come, `behind` it where the reader has been.
 */
export function changeBetweenPages(guild: Guild, after: bigint, faults: DrawnFaults): void {
  const leaves = faults.find('member_leaves_between_pages')
  const leaver = leaves?.side === 'behind' ? after : guild.members.page(after, 1)[0]?.id
  if (leaves && leaver !== undefined && leaver !== guild.bot?.id) guild.leave(leaver)
  const joins = faults.find('member_joins_between_pages')
  if (!joins) return
  const direction = joins.side === 'ahead' ? 1n : -1n
  let id = (after < MIN_ID ? MIN_ID : after) + direction
  while (guild.members.has(id)) id += direction
  if (id > MIN_ID) guild.join(id)
}
