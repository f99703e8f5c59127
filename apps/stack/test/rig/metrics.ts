import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { bucketsOf, bucketsSince, quantile, readMetrics, sumOf } from '../../src/rig/metrics.js'

const TEXT = `# HELP lag_seconds help
lag_seconds_bucket{le="1"} 10
lag_seconds_bucket{le="2"} 30
lag_seconds_bucket{le="+Inf"} 30
lag_seconds_sum 40
shards{state="ready"} 3
shards{state="waiting"} 1
`

t.test('what a process shows is read, summed by its labels, and told as quantiles', async (t) => {
  const server = createServer((_request, response) => response.end(TEXT)).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const metrics = await readMetrics(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.equal(sumOf([metrics, metrics], /^shards\{state="ready"/), 6)
  const buckets = bucketsOf([metrics, metrics], 'lag_seconds')
  t.strictSame(
    [...buckets],
    [
      [1, 20],
      [2, 60],
      [Number.POSITIVE_INFINITY, 60],
    ],
  )
  t.equal(quantile(buckets, 1 / 6), 0.5)
  t.equal(quantile(buckets, 2 / 3), 1.5)
  t.equal(quantile(bucketsSince(buckets, buckets), 0.5), undefined, 'nothing came since')
})

t.test('beyond the largest bound it is at least that', async (t) => {
  const buckets = new Map([
    [1, 1],
    [Number.POSITIVE_INFINITY, 100],
  ])
  t.equal(quantile(buckets, 0.99), 1)
})
