import t from 'tap'
import { startCommand } from './fixtures/command.js'

interface Result {
  members: number
  repetitions: number
  wall_ratio: { median: number; min: number; max: number }
  reconcile: { wall_seconds: { median: number }; run_seconds: { median: number } }
}

t.test('the benchmark tells its result as a table and as one line of JSON', async (t) => {
  const command = startCommand('bench', {}, ['--members', '1500', '--repetitions', '2'])
  const { code, output } = await command.ended
  if (code !== 0) t.comment(output)
  t.equal(code, 0)
  const result = JSON.parse(command.lines.find((line) => line.startsWith('{')) ?? '') as Result
  t.match(result, { members: 1_500, repetitions: 2 })
  t.ok(result.wall_ratio.min > 1, 'a reconcile does more than its floor')
  t.ok(result.wall_ratio.min <= result.wall_ratio.median && result.wall_ratio.median <= result.wall_ratio.max)
  t.ok(result.reconcile.run_seconds.median < result.reconcile.wall_seconds.median)
  t.match(output, /reconcile ÷ floor/)
})
