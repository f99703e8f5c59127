import { encodePatch, PatchMembersRequest } from '@rollcall/contract'
import t from 'tap'
import { type PendingChange, withOwnStamps } from '../src/send-changes.js'

const OLDER = '2026-11-21T06:30:00.000Z'
const NEWER = '2026-11-21T06:30:01.000Z'
const change = (id: bigint, stamp: string): PendingChange => ({
  ...encodePatch({ id, in_guild: false }),
  kind: 'departure',
  stamp,
})

t.test('items of later pages carry the stamp of their page, the others that of the chunk', async (t) => {
  const items = withOwnStamps([change(1n, OLDER), change(2n, OLDER), change(3n, NEWER)])
  const { members } = PatchMembersRequest.parse({
    observed_at: OLDER,
    members: items.map((it) => JSON.parse(it.json)),
  })
  t.strictSame(
    members.map((it) => it.observed_at),
    [undefined, undefined, NEWER],
  )
})

t.test('a chunk of one page is left as it is', async (t) => {
  const chunk = [change(1n, OLDER), change(2n, OLDER)]
  t.equal(withOwnStamps(chunk), chunk)
})
