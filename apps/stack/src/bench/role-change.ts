import { createDatabase, databaseUrl } from '@rollcall/embedded-postgres'
import { layGround, openScene, type Scene } from '../demo/scene.js'
import { latestRun } from '../ledger.js'
import { compareMirror } from '../mirror/compare-mirror.js'
import { describeEnding, type Program } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { cpuSecondsOfFamily } from '../processes/usage.js'
import { rolePayloads, runFloor } from './floor.js'
import { type Measurement, measure } from './measurement.js'
import { Peaks } from './peaks.js'

export interface Stage {
  readonly scene: Scene
  /** A copy of the scene's database: same tables, same rows, same server. */
  readonly floorUrl: string
  readonly peaks: Peaks
}

/** Fills a mirror with `members` members by a first reconcile, and copies its database for the floor. */
export async function setStage(running: Running, { members }: { members: number }): Promise<Stage> {
  const ground = await layGround(running, { members })
  const peaks = new Peaks()
  const first = await openScene(running, ground)
  await reconcile({ scene: first, peaks })
  // Postgres copies a database only while nobody is connected to it.
  await first.api.stop()
  const floorUrl = ground.postgres.url
  const mirrorUrl = await createDatabase(databaseUrl(floorUrl, 'postgres'), 'mirror', {
    template: new URL(floorUrl).pathname.slice(1),
  })
  return { scene: await openScene(running, ground, mirrorUrl), floorUrl, peaks }
}

/** One change of every member's roles, done twice: by plain SQL on the copy, by a reconcile on the mirror. */
export interface Repetition {
  readonly floor: Measurement
  readonly reconcile: Measurement
  /** From the start to the end that the ledger holds, so without those of the syncer's process. */
  readonly runSeconds: number
}

/** @throws when either side did not make exactly the changes that there were to make */
export async function repeat(stage: Stage, { floorFirst }: { floorFirst: boolean }): Promise<Repetition> {
  const { scene, floorUrl } = stage
  const { controlUrl, guildId } = scene.simulator
  const members = await scene.guild.rotateRoles()
  const payloads = await rolePayloads(controlUrl, guildId)
  const doFloor = async () => {
    const meters = { postgres: () => cpuSecondsOfFamily(scene.postgres.pid) }
    const { outcome: changed, measurement } = await measure(meters, () => runFloor(floorUrl, guildId, payloads))
    if (changed !== members) throw new Error(`The floor changed ${changed} rows instead of ${members}`)
    return measurement
  }
  const floorBefore = floorFirst ? await doFloor() : undefined
  const { measurement, run } = await reconcile(stage)
  if (run.patched !== members) throw new Error(`The reconcile patched ${run.patched} members instead of ${members}`)
  const floor = floorBefore ?? (await doFloor())
  for (const url of [scene.databaseUrl, floorUrl]) {
    const { differences, told } = await compareMirror({ databaseUrl: url, controlUrl, guildId })
    if (differences > 0) throw new Error(`${differences} differences from the guild: ${told.join('; ')}`)
  }
  const runSeconds = (Date.parse(run.finished_at ?? '') - Date.parse(run.started_at)) / 1_000
  return { floor, reconcile: measurement, runSeconds }
}

async function reconcile({ scene, peaks }: Pick<Stage, 'scene' | 'peaks'>) {
  const { api, simulator, postgres, token } = scene
  let syncer: Program | undefined
  const meters = {
    api: () => api.usage.cpuSeconds,
    syncer: () => (syncer === undefined ? 0 : syncer.usage.cpuSeconds),
    postgres: () => cpuSecondsOfFamily(postgres.pid),
    simulator: () => simulator.usage.cpuSeconds,
  }
  const { measurement } = await measure(meters, async () => {
    syncer = scene.reconcile()
    const ending = await syncer.ended
    if (ending.code !== 0) throw new Error(describeEnding(syncer, ending))
  })
  peaks.note({ api: api.usage.peakMiB, syncer: syncer?.usage.peakMiB })
  return { measurement, run: await latestRun({ url: api.url, token }, simulator.guildId) }
}
