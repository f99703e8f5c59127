import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { readContainer } from '../src/container.js'
import {
  deriveLimits,
  deriveQueue,
  heapLimitBytes,
  requireFittingHeap,
  smallestMemoryBytes,
} from '../src/derive-limits.js'
import { API_NEEDS, LIVE_QUEUE_NEEDS, MIB, SYNCER_NEEDS } from '../src/needs.js'
import { toBytes, toCpus } from '../src/quantity.js'
import { recommend } from '../src/recommend.js'

/** A file system with these files. */
async function root(t: Test, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-cgroup-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, dirname(path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

t.test('reads cgroup version 2, also where the path is that of the host', async (t) => {
  const files = { 'sys/fs/cgroup/memory.max': '201326592\n', 'sys/fs/cgroup/cpu.max': '50000 100000\n' }
  const expected = { memoryBytes: 192 * MIB, cpus: 0.5 }
  for (const path of ['/', '/kubepods/pod1/container2']) {
    t.strictSame(await readContainer(await root(t, { ...files, 'proc/self/cgroup': `0::${path}\n` })), expected, path)
  }
})

t.test('reads cgroup version 1, controllers in any company', async (t) => {
  const folder = await root(t, {
    'proc/self/cgroup': '4:memory:/api\n3:cpu,cpuacct:/api\n0::/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/api/memory.limit_in_bytes': '134217728\n',
    'sys/fs/cgroup/cpu/api/cpu.cfs_quota_us': '150000\n',
    'sys/fs/cgroup/cpu/api/cpu.cfs_period_us': '100000\n',
  })
  t.strictSame(await readContainer(folder), { memoryBytes: 128 * MIB, cpus: 1.5 })
})

t.test('a group is limited by those above it', async (t) => {
  const folder = await root(t, {
    'proc/self/cgroup': '0::/pod/container\n',
    'sys/fs/cgroup/pod/container/memory.max': 'max\n',
    'sys/fs/cgroup/pod/memory.max': '268435456\n',
    'sys/fs/cgroup/memory.max': '536870912\n',
    'sys/fs/cgroup/pod/container/cpu.max': 'max 100000\n',
  })
  t.strictSame(await readContainer(folder), { memoryBytes: 256 * MIB, cpus: undefined })
})

t.test('where nothing limits, nothing is limited', async (t) => {
  const unlimited = { memoryBytes: undefined, cpus: undefined }
  t.strictSame(await readContainer(await root(t, {})), unlimited, 'no cgroups')
  const files = {
    'proc/self/cgroup': '4:memory:/\n2:cpu:/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  }
  t.strictSame(await readContainer(await root(t, files)), unlimited, 'version 1 writes a huge number and −1')
})

t.test('derives from memory and CPU what fits, up to what is of use', async (t) => {
  const cases: [mebibytes: number | undefined, cpus: number | undefined, bulk: number, chunk: number, pool: number][] =
    [
      [undefined, undefined, 4, 2 * MIB, 10],
      [1_024, undefined, 4, 2 * MIB, 10],
      [192, undefined, 4, 2 * MIB, 10],
      [192, 0.5, 2, 2 * MIB, 8],
      [192, 0.1, 1, 2 * MIB, 7],
      [192, 8, 4, 2 * MIB, 10],
      [160, undefined, 2, 2 * MIB, 8],
      [140, undefined, 1, 2 * MIB, 7],
      [139, undefined, 1, MIB, 7],
      [132, undefined, 1, MIB, 7],
    ]
  for (const [mebibytes, cpus, bulkInFlight, chunkBytes, poolSize] of cases) {
    const memoryBytes = mebibytes === undefined ? undefined : mebibytes * MIB
    const derived = deriveLimits(API_NEEDS, { memoryBytes, cpus })
    t.match(derived, { bulkInFlight, chunkBytes, poolSize }, `${mebibytes} MiB, ${cpus} CPU`)
    t.equal(derived.heapMiB, mebibytes === undefined ? undefined : Math.floor(mebibytes / 2))
    t.ok(derived.bulkInFlight < derived.poolSize, 'reads keep connections')
  }
})

t.test('refuses a container or a heap that is too small for one worst-case chunk, in a sentence', async (t) => {
  const least = smallestMemoryBytes(API_NEEDS)
  t.equal(least, 132 * MIB)
  t.throws(() => deriveLimits(API_NEEDS, { memoryBytes: least - 1, cpus: undefined }), {
    name: 'ContainerTooSmallError',
    message: 'The container has 131 MiB of memory; for one worst-case chunk the API needs 132 MiB. Raise the limit.',
  })
  t.throws(() => deriveLimits(API_NEEDS, { memoryBytes: 512 * MIB, cpus: undefined }, 39 * MIB), {
    message: /^The heap is limited to 39 MiB; .* 40 MiB\. Start node with a larger --max-old-space-size\.$/,
  })
  t.equal(deriveLimits(API_NEEDS, { memoryBytes: 512 * MIB, cpus: undefined }, 64 * MIB).bulkInFlight, 2, 'by the heap')
})

t.test('refuses a heap that could outgrow its container, and gives the flags', async (t) => {
  const container = { memoryBytes: 192 * MIB, cpus: undefined }
  requireFittingHeap(container, 144 * MIB)
  requireFittingHeap({ memoryBytes: undefined, cpus: 1 }, 4_096 * MIB)
  t.throws(() => requireFittingHeap(container, 144 * MIB + 1), {
    message: /--max-old-space-size=96 --max-semi-space-size=4\.$/,
  })
})

t.test('the syncer fits the container that it is deployed with, and no smaller one than it needs', async (t) => {
  t.match(deriveLimits(SYNCER_NEEDS, { memoryBytes: 128 * MIB, cpus: undefined }, 70 * MIB), { chunkBytes: MIB })
  const least = smallestMemoryBytes(SYNCER_NEEDS)
  t.throws(() => deriveLimits(SYNCER_NEEDS, { memoryBytes: least - 1, cpus: undefined }), /the syncer needs 112 MiB/)
})

t.test('reads the quantities of a manifest', async (t) => {
  t.strictSame(['192Mi', '1Gi', '200M', '1.5Gi', '1048576'].map(toBytes), [
    192 * MIB,
    1_024 * MIB,
    2e8,
    1_536 * MIB,
    MIB,
  ])
  t.strictSame(['500m', '2', '0.25'].map(toCpus), [0.5, 2, 0.25])
  for (const wrong of ['', '192MB', '-1Mi', '0', 'Mi', '1e9']) t.throws(() => toBytes(wrong), /such as 192Mi/, wrong)
  for (const wrong of ['', 'm', '-1', '0m', '1k']) t.throws(() => toCpus(wrong), /such as 500m/, wrong)
})

t.test('a queue of live events fits the heap beside everything else', async (t) => {
  t.strictSame(deriveQueue(heapLimitBytes(64)), { maxEvents: 15_000, maxBytes: 12 * MIB })
  const { besideBytes, heapPerByte, maxBytes } = LIVE_QUEUE_NEEDS
  let before = 0
  for (const heapMiB of [56, 64, 96, 128, 256]) {
    const queue = deriveQueue(heapLimitBytes(heapMiB))
    t.ok(besideBytes + queue.maxBytes * heapPerByte <= heapLimitBytes(heapMiB), `${heapMiB} MiB`)
    t.ok(queue.maxBytes > before, 'more heap, more room')
    before = queue.maxBytes
  }
  t.equal(deriveQueue(heapLimitBytes(4_096)).maxBytes, maxBytes, 'up to what is of use')
  t.equal(deriveQueue(0).maxBytes, MIB, 'and never nothing')
})

t.test('recommends settings as a patch, heap and memory together and no CPU limit', async (t) => {
  const text = recommend('api', { memoryBytes: 256 * MIB, cpus: 0.5 })
  t.match(text, /heap +128 MiB/)
  t.match(text, /in flight 4\n/)
  t.match(parse(text).spec.template.spec.containers, [
    {
      name: 'api',
      command: ['node', '--max-old-space-size=128', '--max-semi-space-size=4'],
      resources: {
        requests: { cpu: '500m', memory: '256Mi', 'ephemeral-storage': '64Mi' },
        limits: { cpu: undefined, memory: '256Mi', 'ephemeral-storage': '256Mi' },
      },
    },
  ])
  const live = recommend('live-syncer', { memoryBytes: 256 * MIB })
  t.match(live, /bytes in the queue +42991616\n/)
  t.match(live, 'kind: StatefulSet')
  t.match(recommend('syncer'), '--single-threaded-gc, apps/bot-syncer/dist/main.js]')
})

t.test('the command prints it, and refuses in one line', async (t) => {
  const cwd = join(import.meta.dirname, '..', '..', '..')
  const run = (...args: string[]) => spawnSync('npm', ['run', '-s', 'limits', '--', ...args], { cwd, encoding: 'utf8' })
  t.match(run('--memory', '192Mi', '--cpu', '500m'), { status: 0, stdout: /^# api: .*\n---\n# syncer: .*\n$/s })
  t.match(run('--app', 'syncer'), { status: 0, stdout: recommend('syncer') })
  t.match(run('--app', 'api', '--memory', '64Mi'), {
    status: 1,
    stdout: '',
    stderr: /^The container has 64 MiB[^\n]*\n$/,
  })
  t.match(run('--memory', '128Mi'), { status: 1, stdout: /^# syncer/, stderr: /the API needs 132 MiB/ })
  t.match(run('--memory', 'much'), { status: 1, stderr: /such as 192Mi/ })
  t.match(run('--app', 'website'), { status: 1, stderr: /Allowed choices are api, syncer/ })
})
