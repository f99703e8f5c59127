import t from 'tap'
import { Acks } from '../../../src/live/core/acks.js'
import { LiveQueue } from '../../../src/live/core/live-queue.js'
import { type LiveApi, takeParcel } from '../../../src/live/send/send-work.js'

const GUILD = '267624335836053506'
const STAMP = '2026-01-01T00:00:00.000000Z'
const unknown = { verdict: 'failed' as const, error: { code: 'unknown_member' as const, message: '' } }
const api = {
  live: {
    patchGuildMembers: async (items: readonly string[]) => ({ results: items.map(() => unknown) }),
  },
} as unknown as LiveApi

t.test('who is not known is asked for; who is not known and has left makes the guild dirty', async (t) => {
  const queue = new LiveQueue({ maxEvents: 100, maxBytes: 1e6, guildShare: 1, maxOverflowed: 1 })
  const acks = new Acks(0)
  ;[true, false].forEach((in_guild, index) => {
    const receipt = { stamp: STAMP, receivedAtMs: 0, acks: [acks.receive(index + 1)] }
    queue.add(GUILD, 0, { kind: 'member', id: `${index + 1}`, fields: { in_guild } }, receipt)
  })
  const settled = await takeParcel(queue)?.send(api)
  t.strictSame(
    settled?.map((it) => it.outcome),
    ['unknown_member', 'rejected'],
  )
})
