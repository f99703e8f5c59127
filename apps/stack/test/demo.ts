import t from 'tap'
import { startCommand } from './fixtures/command.js'

t.test('the story holds for a small guild', async (t) => {
  const { code, output } = await startCommand('demo', { DEMO_MEMBERS: '2000' }).ended
  if (code !== 0) t.comment(output)
  t.equal(code, 0)
  const rows = output.split('\n').filter((line) => line.includes('yes, all 2,001'))
  t.equal(rows.length, 6)
  t.match(output, /2,001 created.*done/)
  t.match(output, /1 role deleted +│ done/)
  t.match(output, /2,001 patched +│ done/)
  t.match(output, /1 created, 1 patched, 1 departed +│ done/)
  t.match(output, /│ nothing +│ done/)
  t.match(output, /│ held/)
  t.match(output, /All as it must be/)
})

t.test('a size that makes no sense is refused', async (t) => {
  t.match(await startCommand('demo', { DEMO_MEMBERS: 'many' }).ended, { code: 2, output: /DEMO_MEMBERS/ })
})

t.test('an interrupted demo is not a success', async (t) => {
  const command = startCommand('demo', { DEMO_MEMBERS: '2000' })
  await command.line(/^2\/6/)
  command.process.kill('SIGINT')
  const { code, output } = await command.ended
  t.equal(code, 130)
  t.notMatch(output, /All as it must be/)
})
