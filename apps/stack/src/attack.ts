import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import type { PublishedLimits } from '@rollcall/contract'
import Table from 'cli-table3'
import { Command } from 'commander'
import { ATTACKS } from './attack/attacks.js'
import { BulkStatements, placesLeftTaken } from './attack/room.js'
import { besiege, Probe, type Toll } from './attack/siege.js'
import { type Containers, createContainers } from './cgroup/containers.js'
import { layGround, openScene } from './demo/scene.js'
import { requireBuilt } from './entry-points.js'
import { MEMORY_LIMITS_MIB } from './memory-limits.js'
import { compareMirror } from './mirror/compare-mirror.js'
import { createToken } from './processes/database.js'
import { describeEnding } from './processes/program.js'
import type { Running } from './processes/running.js'
import { SYNCER_EXIT } from './processes/syncer.js'
import { Random } from './rig/random.js'
import { runCommand, UsageError } from './run-command.js'
import { wholeNumber } from './whole-number.js'

const MAX_SEED = 2_147_000_000
const SACRIFICE_ID = '1'

interface Options {
  readonly seed: number
  readonly seconds: number
  readonly members: number
  readonly patience: number
  readonly only?: string
  readonly api?: string
}

const {
  seed,
  seconds,
  members,
  patience,
  only,
  api: build,
} = new Command('attack')
  .description(
    'Attacks the API in every way at once, and reconciles a guild meanwhile. Exit code 0 only if every attack was refused, ' +
      'memory stayed within the limit (which the kernel enforces, where it can be asked to), no more bulk statements were at work than are let in, the probe answered throughout, ' +
      'the reconcile came to its end, and every place was given back.',
  )
  .option(
    '--seconds <count>',
    'how long attacks are begun; the slow ones take 25 more to be refused',
    wholeNumber(1, 3_600),
    60,
  )
  .option('--members <count>', 'members of the guild', wholeNumber(1_000, 100_000), 10_000)
  .option('--seed <number>', 'of the noise', wholeNumber(0, MAX_SEED), randomInt(MAX_SEED))
  .option('--patience <seconds>', 'in which every request must be answered or cut', wholeNumber(1, 600), 40)
  .option('--only <words>', 'the kinds of attack with these words in their name')
  .option('--api <file>', 'another build of the API')
  .parse()
  .opts<Options>()

/** `npm run test:attack -- --help` */
async function attack(running: Running): Promise<number> {
  requireBuilt()
  const attacks = ATTACKS.filter(({ title }) => title.includes(only ?? ''))
  if (attacks.length === 0) throw new UsageError(`No kind of attack has "${only}" in its name.`)
  const ground = await layGround(running, { members })
  const containers = await createContainers(running)
  const scene = await openScene(running, ground, { entryPoint: build && resolve(build), containers })
  const { api, postgres, simulator } = scene
  const { guildId, controlUrl } = simulator
  const token = await createToken(postgres.url, 'attacker')
  say(
    `Seed ${seed}: ${attacks.length} kinds of attack for ${seconds} seconds, and a reconcile of ${members.toLocaleString('en')} members.`,
  )
  const probe = await running.add(new Probe(`${api.managementUrl}/livez`))
  const bulkMax = await prepareSacrifice(api.url, token)
  const bulk = await running.add(new BulkStatements(postgres.url))
  const victim = {
    url: api.url,
    guildId,
    sacrificeId: SACRIFICE_ID,
    token,
    patienceMs: patience * 1_000,
    random: new Random(seed),
  }
  const siege = Promise.all(attacks.map((it) => besiege(it, victim, seconds * 1_000)))
  const syncer = await running.add(scene.reconcile())
  // It would try for minutes to reach an API that is gone.
  void api.ended.then(() => syncer.stop())
  const ending = await syncer.ended
  const tolls = await siege
  await probe.stop()
  await bulk.stop()
  const taken = await placesLeftTaken(api.managementUrl, victim.patienceMs)

  const { differences, told } = await compareMirror({ databaseUrl: postgres.url, controlUrl, guildId })
  const peakMiB = api.usage.peakMiB
  const faults = [
    ...tolls.flatMap((toll) => toll.faults),
    ...(ending.code === SYNCER_EXIT.done ? [] : [describeEnding(syncer, ending)]),
    ...(differences === 0 ? [] : [`the mirror has ${differences} differences from the guild: ${told.join('; ')}`]),
    ...(probe.failed === 0 ? [] : [`/livez failed ${probe.failed} times of ${probe.asked}`]),
    ...(bulk.most <= bulkMax ? [] : [`${bulk.most} bulk statements were at work at a time; ${bulkMax} are let in`]),
    ...taken.map((it) => `${it} are still taken when everybody has gone`),
    ...memoryFaults(containers, peakMiB),
  ]
  say(`${tellTolls(tolls)}\n/livez: ${probe.asked} times, at most ${probe.slowestMs.toFixed(0)} ms`)
  say(`Bulk statements at a time: at most ${bulk.most} of ${bulkMax}`)
  const limit = `${MEMORY_LIMITS_MIB.api} MiB, ${containers ? 'enforced by the kernel' : 'not enforced here'}`
  say(`The API's memory: ${peakMiB?.toFixed(0) ?? 'unknown'} of ${limit}`)
  say(faults.length === 0 ? 'All as it must be.' : `NOT AS IT MUST BE (seed ${seed}):\n  ${faults.join('\n  ')}`)
  return faults.length === 0 ? 0 : 1
}

/** Makes the guild that attackers write. @returns how many bulk requests the API lets in at a time */
async function prepareSacrifice(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'Sacrifice', observed_at: new Date().toISOString() })
  const made = await fetch(`${url}/guilds/${SACRIFICE_ID}`, { method: 'PUT', headers, body })
  if (!made.ok) throw new Error(`The guild for attackers was not made: ${made.status} ${await made.text()}`)
  const limits = (await (await fetch(`${url}/limits`, { headers })).json()) as PublishedLimits
  return limits.max_bulk_in_flight.max
}

/** Where nothing is enforced, all that is resident counts, code that other processes share included. */
function memoryFaults(containers: Containers | undefined, peakMiB: number | undefined): string[] {
  if (containers) {
    const { oomKills } = containers.api.usage()
    return oomKills === 0 ? [] : [`the kernel killed the API at its limit of ${MEMORY_LIMITS_MIB.api} MiB`]
  }
  return peakMiB === undefined || peakMiB <= MEMORY_LIMITS_MIB.api ? [] : [`the API used ${peakMiB.toFixed(0)} MiB`]
}

function tellTolls(tolls: readonly Toll[]): string {
  const table = new Table({ head: ['Attack', 'Answers', 'Slowest, s'], style: { head: [], border: [] } })
  for (const { title, outcomes, slowestMs } of tolls) {
    const answers = [...outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(', ')
    table.push([title, answers, (slowestMs / 1_000).toFixed(1)])
  }
  return table.toString()
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(attack, { interruptedCode: 130 })
