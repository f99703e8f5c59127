import type { Running } from '../processes/running.js'
import { Editing } from './editing.js'
import { fillMirrors } from './fill-mirrors.js'
import { judgeMirrors, judgeResumes, readLedger } from './judge.js'
import { LiveSystem } from './live-system.js'
import { untilQuiet } from './quiet.js'
import { areAtHome, type ShardRow, ShardWatch } from './shard-watch.js'
import type { Open, Story, StoryOptions } from './story.js'

const SHARDS = 4
const LEASE_SECONDS = 6
/** A claim comes every third of a lease; then a connection, on a busy machine. */
const TAKEOVER_LIMIT_MS = 30_000

/** Two syncers are restarted one after the other, then one is killed: the other takes its shards over, and nothing is lost. */
export async function rollingScenario(running: Running, options: StoryOptions, open: Open): Promise<Story> {
  const env = { LEASE_SECONDS: `${LEASE_SECONDS}`, MAX_SHARDS: `${SHARDS}`, SHARDS_PER_PROCESS: `${SHARDS / 2}` }
  const system = await LiveSystem.start(running, { ...options, shards: SHARDS, env })
  open(system)
  system.env = { RECONCILE_CONCURRENCY: '0' }
  const watch = new ShardWatch(system)
  const settled = () => watch.until('each has its own shards', TAKEOVER_LIMIT_MS, areAtHome(SHARDS, SHARDS / 2))
  await fillMirrors(system, { ordinals: [0, 1], settled })
  const before = await readLedger(system)
  const { resumes } = await system.gateway.counts()
  const editing = new Editing(system, options.seed)
  editing.start()
  watch.start()

  const notes: string[] = []
  for (const ordinal of [0, 1]) {
    await system.stopSyncer(ordinal)
    const takenMs = await watch.until('the other takes over', TAKEOVER_LIMIT_MS, isHeldBy(1 - ordinal))
    await system.startSyncer(ordinal)
    notes.push(
      `restart of ${ordinal}: taken over ${seconds(takenMs)} s after its end, back ${seconds(await settled())} s after its start`,
    )
  }
  await system.killSyncer(0)
  const takenMs = await watch.until('the other takes over', TAKEOVER_LIMIT_MS, isHeldBy(1))
  notes.push(`SIGKILL of 0, lease of ${LEASE_SECONDS} s: taken over after ${seconds(takenMs)} s`)
  await system.startSyncer(0)
  await settled()

  await watch.stop()
  await editing.stop()
  await untilQuiet(system, { isMending: false })
  const violations = [...(await judgeMirrors(system)), ...(await judgeResumes(system, before))]
  const resumed = (await system.gateway.counts()).resumes - resumes
  notes.push(
    `${editing.edits} edits, ${resumed} resumes; a shard was away for ${seconds(watch.longestAwayMs)} s at most`,
  )
  return { notes, violations }
}

const isHeldBy = (ordinal: number) => (shards: readonly ShardRow[]) =>
  shards.every(({ state, holder }) => state === 'ready' && holder === `syncer-${ordinal}`)

const seconds = (ms: number) => (ms / 1_000).toFixed(1)
