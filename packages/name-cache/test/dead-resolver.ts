import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { privateResolver, privateResolverObstacle, Resolver } from '../src/testing/index.js'
import type { Seen } from './fixtures/caller.js'

const LIFETIME_MS = 2_000
const SLOW_MS = 5_000

/** How long each state of the resolver lasts; more seconds by hand, such as 30. */
const PHASE_MS = Number(process.env.DEAD_RESOLVER_SECONDS ?? 5) * 1_000

/** An address of the loopback network that a machine's own resolver does not use. */
const RESOLVER_ADDRESS = '127.53.0.1'
const NAMES = ['api.rollcall.test', 'gateway.rollcall.test']

/** The caller with a resolv.conf that only it sees. */
async function startCaller(t: Test, port: number, lifetimeMs: number): Promise<ChildProcess> {
  const caller = [join(import.meta.dirname, 'fixtures/caller.ts'), `${port}`, `${lifetimeMs}`]
  const { enter } = privateResolver(t.testdir(), RESOLVER_ADDRESS)
  const [file, ...args] = enter([process.execPath, ...process.execArgv, ...caller])
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return child
}

/** What the caller saw since it was last asked. */
async function ask(child: ChildProcess): Promise<Seen> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(15_000) })
  child.send('?')
  const [seen] = await answer
  return seen
}

async function startServer(t: Test): Promise<number> {
  const server = createServer((_request, response) => response.end('here'))
  const sockets = new WebSocketServer({ server })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    sockets.close()
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

t.test(
  'a process goes on while its resolver is dead, and while it is slow',
  { skip: privateResolverObstacle() ?? false },
  async (t) => {
    const resolver = new Resolver(RESOLVER_ADDRESS)
    await resolver.start()
    t.teardown(() => resolver.kill())
    const lifetimeMs = process.env.DEAD_RESOLVER_NO_CACHE ? 0 : LIFETIME_MS
    const caller = await startCaller(t, await startServer(t), lifetimeMs)

    const phase = async (name: string, ms = PHASE_MS) => {
      await sleep(ms)
      const seen = await ask(caller)
      t.comment(name, seen)
      t.strictSame(seen.faults, {}, `${name}: no call fails`)
      t.ok(seen.calls > 50, `${name}: ${seen.calls} calls`)
      t.ok(seen.slowestMs < SLOW_MS / 2, `${name}: no call waits for the resolver (${Math.round(seen.slowestMs)} ms)`)
      t.ok(seen.loopDelayP99Ms < 500, `${name}: the event loop is not held up (${Math.round(seen.loopDelayP99Ms)} ms)`)
      for (const host of NAMES) {
        const lookups = seen.lookups[host] ?? 0
        t.ok(lookups <= Math.ceil(ms / LIFETIME_MS) + 1, `${name}: ${lookups} look-ups of ${host}`)
      }
      return seen
    }

    // The first start includes the compilation of the caller.
    while ((await ask(caller)).calls < 10) await sleep(100)
    resolver.asked.clear()
    const well = await phase('well', LIFETIME_MS * 1.5)
    for (const host of NAMES) {
      t.ok((well.lookups[host] ?? 0) >= 1, `${host} is looked up anew`)
      t.equal(resolver.asked.get(host), well.lookups[host], 'the resolver sees what is counted')
    }
    resolver.kill()
    await phase('dead')
    resolver.delayMs = SLOW_MS
    await resolver.start()
    await phase('slow', Math.max(PHASE_MS, SLOW_MS + 1_000))
  },
)
