import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { type Cgroup, createCgroup } from '../../src/cgroup/cgroup.js'
import { CgroupUnavailableError, findControllers } from '../../src/cgroup/find-controllers.js'

const MIB = 1_048_576

/** A file system with these files; a name that ends with a slash is a folder. */
async function root(t: Test, files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-cgroup-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path.endsWith('/') ? path : dirname(path)), { recursive: true })
    if (!path.endsWith('/')) await writeFile(join(folder, path), content)
  }
  return folder
}

const V1 = {
  'proc/self/cgroup': '4:memory:/ours\n1:cpu,cpuacct:/\n0::/\n',
  'sys/fs/cgroup/memory/ours/memory.limit_in_bytes': '9223372036854771712\n',
  'sys/fs/cgroup/cpu/cgroup.procs': '',
}
const V2 = {
  'proc/self/cgroup': '0::/user.slice/session.scope\n',
  'sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory pids\n',
  'sys/fs/cgroup/cgroup.subtree_control': 'cpu memory\n',
  'sys/fs/cgroup/user.slice/cgroup.subtree_control': 'memory pids\n',
  'sys/fs/cgroup/user.slice/session.scope/cgroup.subtree_control': '',
}

t.test(
  'under version 1 the limits are in the hierarchies of both controllers, in the group of this process',
  async (t) => {
    const folder = await root(t, V1)
    await createCgroup({ memoryBytes: 192 * MIB, cpus: 0.25 }, folder)
    const [name = ''] = await readdir(join(folder, 'sys/fs/cgroup/memory/ours')).then((it) => it.filter(isOurs))
    const read = (path: string) => readFile(join(folder, 'sys/fs/cgroup', path, name, fileOf(path)), 'utf8')
    const fileOf = (path: string) => (path.startsWith('memory') ? 'memory.limit_in_bytes' : 'cpu.cfs_quota_us')
    t.strictSame([await read('memory/ours'), await read('cpu')], ['201326592', '25000'])
    t.equal(
      await readFile(join(folder, 'sys/fs/cgroup/memory/ours', name, 'memory.memsw.limit_in_bytes'), 'utf8'),
      '201326592',
    )
  },
)

t.test('under version 2 it is a child of the nearest group above that hands down both controllers', async (t) => {
  const folder = await root(t, V2)
  const group = await createCgroup({ memoryBytes: 192 * MIB, cpus: 0.25 }, folder)
  const [name = ''] = (await readdir(join(folder, 'sys/fs/cgroup'))).filter(isOurs)
  const file = (file: string) => join(folder, 'sys/fs/cgroup', name, file)
  const written = await Promise.all(
    ['memory.max', 'memory.swap.max', 'cpu.max'].map((it) => readFile(file(it), 'utf8')),
  )
  t.strictSame(written, ['201326592', '0', '25000 100000'])
  await writeFile(file('memory.peak'), '1048576\n')
  await writeFile(file('memory.events'), 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n')
  await writeFile(file('cpu.stat'), 'usage_usec 9\nnr_periods 40\nnr_throttled 10\nthrottled_usec 1500000\n')
  t.strictSame(group.usage(), {
    peakBytes: MIB,
    oomKills: 1,
    periods: 40,
    throttledPeriods: 10,
    throttledSeconds: 1.5,
  })
})

t.test('where no group can be made it says what it takes', async (t) => {
  const { 'sys/fs/cgroup/cpu/cgroup.procs': _, ...withoutCpu } = V1
  for (const files of [{}, withoutCpu]) {
    await t.rejects(createCgroup({ cpus: 1 }, await root(t, files)), {
      name: 'CgroupUnavailableError',
      message: /^The limits of a container cannot be enforced here: no controllers .* It takes Linux, root,/,
    })
  }
})

const isOurs = (name: string) => name.startsWith('rollcall-')

const reason = await findControllers().then(
  () => undefined,
  (error: Error) => {
    if (error instanceof CgroupUnavailableError) return error.message
    throw error
  },
)
const skip = reason ?? false

/** Runs a script of Node in the group. */
async function inGroup(
  group: Cgroup,
  script: string,
): Promise<{ code: number | null; signal: string | null; out: string }> {
  const [file, ...args] = group.enter([process.execPath, '-e', script])
  // Without the variables by which tap hooks itself into every process.
  const child = spawn(file, args, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'ignore'] })
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, out }
}

t.test('a process in a group sees its limits, and what it used is told', { skip }, async (t) => {
  const group = await createCgroup({ memoryBytes: 100 * MIB, cpus: 0.05 })
  t.teardown(() => group.stop())
  const script = `
    Buffer.alloc(${20 * MIB}, 1)
    while (process.cpuUsage().user < 1.5e5) for (let index = 0; index < 1e6; index++);
    process.stdout.write(require('fs').readFileSync('/proc/self/cgroup', 'utf8'))`
  const { code, out } = await inGroup(group, script)
  t.equal(code, 0)
  t.match(out, /\/rollcall-\d+-\d+$/m)
  const usage = group.usage()
  t.ok((usage.peakBytes ?? 0) > 20 * MIB && (usage.peakBytes ?? 0) <= 100 * MIB, `${usage.peakBytes} bytes`)
  t.equal(usage.oomKills, 0)
  t.ok(usage.throttledPeriods > 5, 'a seventh of a second of work, 5 ms at a time, is stopped again and again')
  t.ok(usage.periods >= usage.throttledPeriods && usage.throttledSeconds > 0, JSON.stringify(usage))
})

t.test('what outgrows the memory of its group is killed, and the kill is counted', { skip }, async (t) => {
  const group = await createCgroup({ memoryBytes: 80 * MIB })
  t.teardown(() => group.stop())
  const { signal } = await inGroup(group, `const kept = []; for (;;) kept.push(Buffer.alloc(${MIB}, 1))`)
  t.equal(signal, 'SIGKILL')
  t.equal(group.usage().oomKills, 1)
  t.ok((group.usage().peakBytes ?? 0) > 79 * MIB)
})

t.test('a group that is stopped takes its processes with it, and can be stopped twice', { skip }, async (t) => {
  const group = await createCgroup({})
  const running = inGroup(group, 'setInterval(() => {}, 1e6)')
  while ((group.usage().peakBytes ?? MIB) < MIB) await new Promise((resolve) => setTimeout(resolve, 10))
  await group.stop()
  t.equal((await running).signal, 'SIGKILL')
  await group.stop()
  t.strictSame(group.usage().periods, 0, 'its files are gone')
})
