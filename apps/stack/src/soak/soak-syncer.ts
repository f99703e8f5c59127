import { resolve } from 'node:path'
import type { Ground } from '../demo/scene.js'
import { startApi } from '../processes/api.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN } from '../processes/simulator.js'
import { startSyncer } from '../processes/syncer.js'
import type { Random } from '../rig/random.js'
import { SimulatedGuild } from '../simulated-guild.js'
import { readBounds } from './bounds.js'
import { listenerFlags, Sampler } from './sampler.js'
import type { Held } from './soak-api.js'

const EDITS_BETWEEN_RUNS = 3
const NAMES = 1_000_000_000
/** Of ours at a time. */
const MAX_ROLES = 20

export interface SyncerSoak {
  readonly random: Random
  readonly runs: number
  /** Another build of the syncer. */
  readonly entryPoint: string | undefined
  readonly onSample: (bytes: number, run: number) => void
}

/**
 * Lets one syncer reconcile again and again, with another guild each time: people join, leave and are renamed, roles come and
 * go, and now and then everybody's roles change.
 *
 * @returns what it held after each run
 */
export async function soakSyncer(running: Running, ground: Ground, options: SyncerSoak): Promise<Held> {
  const { random, runs, entryPoint, onSample } = options
  const { postgres, simulator, token } = ground
  const { guildId, apiUrl, webhookUrl } = simulator
  const [port, managementPort] = [await freePort(), await freePort()]
  const databaseUrl = postgres.url
  const api = await running.add(startApi({ port, managementPort, databaseUrl, homeGuildId: guildId, output: 'kept' }))
  const sampler = new Sampler()
  const syncerPort = await freePort()
  let done = 0
  const syncer = await running.add(
    startSyncer({
      entryPoint: entryPoint && resolve(entryPoint),
      discord: { token: SIMULATOR_TOKEN, guildId, url: apiUrl, webhookUrl },
      api: { url: api.url, token },
      args: ['--interval', '1h'],
      output: 'kept',
      nodeFlags: listenerFlags('tell-between-runs'),
      env: { MANAGEMENT_PORT: `${syncerPort}` },
      onLine: (line) => {
        sampler.hear(line)
        if (line.includes('"msg":"run done"')) done += 1
      },
    }),
  )
  const guild = new SimulatedGuild(simulator)
  const site = { guild, random, seededRoles: new Set(await guild.deletableRoles()) }
  const samples: number[] = []
  let goOn: () => unknown = () => {}
  for (let run = 1; run <= runs; run++) {
    const bytes = await sampler.next(syncer, goOn)
    if (done !== run) throw new Error([`Run ${run} was not done`, ...syncer.lastLines].join('\n  '))
    samples.push(bytes)
    onSample(bytes, run)
    for (let edit = 0; edit < EDITS_BETWEEN_RUNS; edit++) await random.pick(EDITS)(site)
    goOn = () => process.kill(syncer.usage.pid ?? 0, 'SIGWINCH')
  }
  const bounds = await readBounds(`http://127.0.0.1:${syncerPort}`)
  const ending = await syncer.stop()
  if (ending.code !== 0) throw new Error(describeEnding(syncer, ending))
  await api.stop()
  return { samples, bounds }
}

interface Site {
  readonly guild: SimulatedGuild
  readonly random: Random
  /** Those that were there before us; the bot may not delete each of them. */
  readonly seededRoles: ReadonlySet<string>
}

const EDITS: readonly ((site: Site) => Promise<unknown>)[] = [
  ({ guild }) => guild.join(5),
  async ({ guild, random }) => {
    const [member] = await guild.firstMembers(1)
    if (member) await guild.rename(member.user.id, `soak${random.integer(1, NAMES)}`)
  },
  async ({ guild }) => {
    const [member] = await guild.firstMembers(1)
    if (member) await guild.leave(member.user.id)
  },
  async ({ guild, random, seededRoles }) => {
    const ours = (await guild.deletableRoles()).filter((id) => !seededRoles.has(id))
    const deletes = ours.length === MAX_ROLES || (ours.length > 0 && random.share() < 0.5)
    if (deletes) await guild.deleteRole(random.pick(ours))
    else await guild.createRole(`soak ${random.integer(1, NAMES)}`)
  },
  ({ guild, random }) => guild.rotateRoles({ share: random.share() }),
]
