import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startCommand } from './fixtures/command.js'

interface Result {
  measured: Record<string, number | undefined>
  aims: { name: string; is_met: boolean | null }[]
}

t.test('following many guilds live is measured from the cold start to the last comparison', async (t) => {
  const file = join(await mkdtemp(join(tmpdir(), 'rollcall-bench-live-')), 'result.json')
  const size = ['--shards', '6', '--guilds', '1200', '--concurrency', '6', '--rate', '150', '--seconds', '4']
  const command = startCommand('bench-live', {}, [...size, '--strict', '--out', file])
  const { code, output } = await command.ended
  if (code !== 0 && code !== 3) t.comment(output)
  const { measured, aims } = JSON.parse(await readFile(file, 'utf8')) as Result
  // Times are the machine's affair; what was counted is ours.
  t.match(measured, {
    cold_identifies: 6,
    cold_identifies_refused: 0,
    cold_dropped: 0,
    storm_missing: 0,
    storm_dropped: 0,
    restart_resumed: 6,
    restart_lost_percent: 0,
    compared_differences: 0,
  })
  t.ok((measured.storm_received ?? 0) >= 600)
  t.ok((measured.compared_members ?? 0) >= 500)
  for (const name of ['cold_ready', 'cold_stored', 'storm_lag_p99', 'probe_p99', 'syncer_peak_mib', 'probes']) {
    t.ok((measured[name] ?? 0) > 0, name)
  }
  t.match(output, /cold start: every shard ready/)
  t.equal(code, aims.every((aim) => aim.is_met === true) ? 0 : 3, '--strict')
})

t.test('a number of guilds that the simulator does not have is refused before anything is started', async (t) => {
  const { code, output } = await startCommand('bench-live', {}, ['--guilds', '300001']).ended
  t.equal(code, 1)
  t.match(output, /whole number from 1 to 300000/)
})
