import t from 'tap'
import { shortestPauseMs } from '../../src/bench-live/gateway-journal.js'
import { pacedSeconds } from '../../src/bench-live/options.js'

t.test('the shortest pause is that of two identifies of one key', async (t) => {
  const at = (n: number, at_ms: number, key: number) => ({ n, at_ms, key, outcome: 'ready' })
  t.equal(shortestPauseMs([at(1, 0, 0), at(2, 100, 1), at(3, 5_300, 0), at(4, 5_200, 1), at(5, 10_500, 0)]), 5_100)
  t.equal(shortestPauseMs([at(1, 0, 0), at(2, 1, 1)]), undefined)
})

t.test('the first of every key needs no pause', async (t) => {
  t.equal(pacedSeconds({ shards: 288, concurrency: 16 }), 85)
  t.equal(pacedSeconds({ shards: 16, concurrency: 16 }), 0)
  t.equal(pacedSeconds({ shards: 17, concurrency: 16 }), 5)
})
