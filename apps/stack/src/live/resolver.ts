import { privateResolver, Resolver } from '@rollcall/name-cache/testing'
import { freePort } from '../processes/free-port.js'
import type { Running } from '../processes/running.js'
import { temporaryFolder } from '../processes/temporary-folder.js'
import { Editing } from './editing.js'
import { fillMirrors } from './fill-mirrors.js'
import { judgeMirrors, judgeResumes, readLedger } from './judge.js'
import { LiveSystem } from './live-system.js'
import { untilQuiet } from './quiet.js'
import { judgePhase, type Phase, type PhaseLimits, ResolverPhases } from './resolver-phases.js'
import type { Open, Story, StoryOptions } from './story.js'

/** An address of the loopback network that a machine's own resolver does not use. */
const ADDRESS = '127.53.0.2'
const HOSTS = { discord: 'discord.rollcall.test', api: 'api.rollcall.test' }
const LIFETIME_SECONDS = 5
const SLOW_MS = 5_000
/** For a busy machine; far less than what one slow answer takes. */
const LAG_ROOM_SECONDS = 1
/** As people make them, so that the machine has time for others. */
const PAUSE_MS = 40
const SHARDS = 2

/**
 * The syncer calls Discord, its gateway and the API by name, and loses all connections again and again, while its resolver
 * answers, is dead, and is slow: nobody waits for a name, and events are written as soon as ever.
 *
 * Needs what `privateResolverObstacle` of `@rollcall/name-cache/testing` looks for.
 */
export async function resolverScenario(running: Running, options: StoryOptions, open: Open): Promise<Story> {
  const resolver = new Resolver(ADDRESS)
  await resolver.start()
  await running.add({ stop: async () => resolver.kill() })
  const { path } = await running.add(temporaryFolder('rollcall-resolver-'))
  const managementPort = await freePort()
  const env = { DNS_CACHE_SECONDS: `${LIFETIME_SECONDS}`, MANAGEMENT_PORT: `${managementPort}` }
  const names = { ...HOSTS, resolver: privateResolver(path, ADDRESS) }
  const system = await LiveSystem.start(running, { ...options, shards: SHARDS, env, names })
  open(system)
  system.env = { RECONCILE_CONCURRENCY: '0' }
  await fillMirrors(system)

  const before = await readLedger(system)
  const editing = new Editing(system, options.seed, PAUSE_MS)
  editing.start()
  const phases = new ResolverPhases(system, resolver, `http://127.0.0.1:${managementPort}`)
  const well = await phases.pass('well')
  resolver.kill()
  const dead = await phases.pass('dead')
  resolver.delayMs = SLOW_MS
  await resolver.start()
  const slow = await phases.pass('slow')
  await editing.stop()

  await untilQuiet(system, { isMending: false })
  const violations = [...(await judgeMirrors(system)), ...(await judgeResumes(system, before))]
  const limits: PhaseLimits = {
    hosts: Object.values(HOSTS),
    lifetimeMs: LIFETIME_SECONDS * 1_000,
    lagP99Seconds: well.lagP99Seconds + LAG_ROOM_SECONDS,
  }
  violations.push(...[well, dead, slow].flatMap((phase) => judgePhase(phase, limits)))
  for (const host of limits.hosts) if (!well.asked.has(host)) violations.push(`well: nobody asked for ${host}`)
  return { notes: [...[well, dead, slow].map(told), `${editing.edits} edits`], violations }
}

function told({ name, ms, events, lagP99Seconds, resumes, cuts, asked, failures, fromMemory, waited }: Phase): string {
  const lookups = [...asked].map(([host, count]) => `${count} for ${host}`).join(', ') || 'none'
  return [
    `${name}, ${(ms / 1_000).toFixed(1)} s: ${events} events, lag p99 ${lagP99Seconds.toFixed(2)} s`,
    `${resumes} resumes, ${cuts} connections to the API cut`,
    `look-ups at the resolver: ${lookups}; failed ${failures}, served from memory ${fromMemory}, waited for ${waited}`,
  ].join('; ')
}
