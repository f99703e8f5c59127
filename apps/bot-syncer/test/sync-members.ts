import t from 'tap'
import { Stack } from './fixtures/stack.js'

const MAX_PEAK_MIB = 128

t.test('members with every role the guild has fit the memory, from the first page and from a later one', async (t) => {
  const stack = await Stack.start(t, { members: 4_000, roles: 250 })
  const roles = await stack.control<{ id: string }[]>('GET', `${stack.guildPath}/roles`)
  const heap = async () => {
    const { code, lines, stderr } = await stack.reconcile()
    t.equal(code, 0, stderr)
    const peak = Number(lines.at(-1)?.peak_rss_mib)
    t.ok(peak <= MAX_PEAK_MIB, `${peak} MiB`)
  }
  const giveEveryRole = async (range: { from_index?: number; to_index?: number }) => {
    for (const { id } of roles.filter((role) => role.id !== stack.simulator.guild_id)) {
      await stack.control('POST', `${stack.guildPath}/bulk-edits`, { kind: 'add-role', role_id: id, ...range })
    }
  }
  await heap()
  // Behind a page that promises light ones.
  await giveEveryRole({ from_index: 1_100, to_index: 4_000 })
  await heap()
  await giveEveryRole({ from_index: 0, to_index: 1_100 })
  await heap()
  t.strictSame(await stack.mirror(), await stack.guild())
})
