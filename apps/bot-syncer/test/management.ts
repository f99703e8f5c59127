import { NO_COUNTS } from '@rollcall/contract'
import { type BoundReading, Bounds, createRegistry } from '@rollcall/process-metrics'
import { pino } from 'pino'
import t from 'tap'
import { listenForOperators } from '../src/management.js'
import { MeasuredProgress } from '../src/report/measured-progress.js'

t.test('answers probes and tells Prometheus what the run has done, until the process ends', async (t) => {
  const bounds = new Bounds()
  const registry = createRegistry({ bounds, memoryLimitBytes: 134_217_728 })
  const seen: unknown[] = []
  const inner = {
    show: (counts: object) => seen.push(counts),
    chunk: (...args: unknown[]) => seen.push(args),
    stop: () => seen.push('stop'),
  }
  const progress = new MeasuredProgress(registry).around(inner)
  let port = 0
  const log = pino(
    { level: 'info' },
    {
      write: (line) => {
        port = JSON.parse(line).address.port
      },
    },
  )
  const server = await listenForOperators({ host: '127.0.0.1', port: 0, bounds, registry, log })
  t.teardown(() => server?.close().closeAllConnections())
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)

  t.equal((await get('/livez')).status, 200)
  t.equal((await get('/')).status, 404)
  const counts = { ...NO_COUNTS, members_read: 1_000 }
  progress.show(counts)
  progress.chunk({ applied: 7, unchanged: 0, stale: 1, failed: 0 }, 300)
  progress.stop()
  const { bounds: shown } = (await (await get('/bounds')).json()) as { bounds: BoundReading[] }
  t.match(shown, [{ name: 'management_connections', kind: 'pool', max: 20, evictions: 0 }])
  t.ok((shown[0]?.size ?? 0) >= 1)
  const response = await get('/metrics')
  t.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  for (const line of [
    'rollcall_memory_limit_bytes 134217728',
    'rollcall_bound_max{name="management_connections",kind="pool",unit="connections"} 20',
    'rollcall_syncer_run_counts{count="members_read"} 1000',
    'rollcall_syncer_items_total{verdict="applied"} 7',
    'rollcall_syncer_chunk_duration_seconds_bucket{le="0.25"} 0',
    'rollcall_syncer_chunk_duration_seconds_bucket{le="0.5"} 1',
  ]) {
    t.ok(text.includes(`${line}\n`), line)
  }
  t.strictSame(seen.length, 3, 'and shows it to the person, too')
  t.equal(
    await listenForOperators({ host: '127.0.0.1', port, bounds: new Bounds(), registry, log }),
    undefined,
    'a port that is taken',
  )
})
