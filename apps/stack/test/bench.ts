import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startCommand } from './fixtures/command.js'

interface Result {
  members: number
  changes: number
  rounds: number
  measured: Record<string, { median: number } | undefined>
  aims: { name: string; is_met: boolean | null }[]
}

t.test('the benchmark measures everything on a small guild, and tells it as a table and as JSON', async (t) => {
  const file = join(await mkdtemp(join(tmpdir(), 'rollcall-bench-')), 'result.json')
  const command = startCommand('bench', {}, ['--members', '1500', '--repetitions', '1', '--strict', '--out', file])
  const { code, output } = await command.ended
  if (code !== 0 && code !== 3) t.comment(output)
  const result = JSON.parse(await readFile(file, 'utf8')) as Result
  t.match(result, { members: 1_501, changes: 1_200, rounds: 1 })
  const { measured, aims } = result
  // Times are the machine's affair; what was counted is ours.
  t.equal(measured.noop_rows_written?.median, 0)
  t.ok((measured.deletion_members?.median ?? 0) >= 1_200)
  t.equal(measured.deletion_largest_transaction?.median, measured.deletion_members?.median, 'few enough for one')
  t.ok((measured.reads_beside?.median ?? 0) > 0)
  for (const name of [
    'creation',
    'change',
    'bulk',
    'noop',
    'deletion',
    'listing',
    'single_patch_p50',
    'read_idle_p99',
  ]) {
    t.ok((measured[name]?.median ?? 0) > 0, name)
  }
  t.match(output, /role change, reconciled/)
  t.equal(code, aims.every((aim) => aim.is_met === true) ? 0 : 3, '--strict')
})

t.test('a size that is none is refused before anything is started', async (t) => {
  const { code, output } = await startCommand('bench', {}, ['--members', '0']).ended
  t.equal(code, 1)
  t.match(output, /whole number from 1 to 1000000/)
})
