import { randomInt } from 'node:crypto'
import { Command, Option } from 'commander'
import { layGround } from './demo/scene.js'
import { requireBuilt } from './entry-points.js'
import type { Running } from './processes/running.js'
import { Random } from './rig/random.js'
import { runCommand } from './run-command.js'
import { type BoundsVerdict, judgeBounds } from './soak/bounds.js'
import { DEFAULT_REQUESTS, DEFAULT_ROUNDS, DEFAULT_RUNS } from './soak/length.js'
import { soakApi } from './soak/soak-api.js'
import { soakSyncer } from './soak/soak-syncer.js'
import { type Verdict, verdictOf } from './soak/verdict.js'
import { wholeNumber } from './whole-number.js'

const MAX_SEED = 2_147_000_000
const MEMBERS = 1_000
const ROLES = 30
const TOLD = 10
/** One key that is remembered from each request is more than this. */
const TOLERATED_PER_REQUEST = 40
/** One small thing that is remembered of each page or chunk of a run is more than this. */
const TOLERATED_PER_RUN = 2_000

interface Options {
  readonly app: 'api' | 'syncer' | 'both'
  readonly seed: number
  readonly rounds: number
  readonly requests: number
  readonly runs: number
  readonly slack: number
  readonly api?: string
  readonly syncer?: string
}

const options = new Command('soak')
  .description(
    'Uses one API for long with ever new keys, lets one syncer reconcile again and again, and looks whether what they hold after ' +
      'collections grows in the second half, and whether anything holds more than it may. Exit code 0 only if neither.',
  )
  .addOption(new Option('--app <name>', 'which').choices(['api', 'syncer', 'both']).default('both'))
  .option('--seed <number>', 'of the keys and edits', wholeNumber(0, MAX_SEED), randomInt(MAX_SEED))
  .option('--rounds <count>', 'of requests to the API', wholeNumber(6, 2_000), DEFAULT_ROUNDS)
  .option('--requests <count>', 'in one round', wholeNumber(10, 100_000), DEFAULT_REQUESTS)
  .option('--runs <count>', 'of the syncer', wholeNumber(6, 10_000), DEFAULT_RUNS)
  .option(
    '--slack <times>',
    'for a short soak, which has not settled: tolerate so many times as much',
    wholeNumber(1, 1_000),
    1,
  )
  .option('--api <file>', 'another build of the API')
  .option('--syncer <file>', 'another build of the syncer')
  .parse()
  .opts<Options>()

/** `npm run test:soak -- --help` */
async function soak(running: Running): Promise<number> {
  requireBuilt()
  const { app, seed } = options
  const verdicts: Judged[] = []
  if (app !== 'syncer') verdicts.push(await judgeApi(running))
  if (app !== 'api') verdicts.push(await judgeSyncer(running))
  const faults = [
    ...(verdicts.some(({ isLeak }) => isLeak) ? ['memory grows'] : []),
    ...(verdicts.some(({ isOverfull }) => isOverfull) ? ['something holds more than it may'] : []),
  ]
  if (faults.length === 0) say('All as it must be: memory does not grow, and nothing holds more than it may.')
  else say(`NOT AS IT MUST BE: ${faults.join(', and ')}. Seed ${seed}.`)
  return faults.length === 0 ? 0 : 1
}

type Judged = Verdict & BoundsVerdict

async function judgeApi(running: Running): Promise<Judged> {
  const { seed, rounds, requests, slack, api } = options
  say(`API, seed ${seed}: ${rounds} rounds of ${requests} requests, a reconcile in every fifth`)
  const ground = await layGround(running, { members: MEMBERS, roles: ROLES })
  const random = new Random(seed)
  const soak = { random, rounds, requests, entryPoint: api, onSample: tell(rounds) }
  const { samples, bounds } = await soakApi(running, ground, soak)
  const tolerate = TOLERATED_PER_REQUEST * slack
  const verdict = verdictOf({ name: 'API', unit: 'request', samples, unitsPerSample: requests, tolerate })
  return told(verdict, judgeBounds('API', bounds))
}

async function judgeSyncer(running: Running): Promise<Judged> {
  const { seed, runs, slack, syncer } = options
  say(`Syncer, seed ${seed}: ${runs} runs of one process over ${MEMBERS} members`)
  const ground = await layGround(running, { members: MEMBERS, roles: ROLES })
  const random = new Random(seed)
  const { samples, bounds } = await soakSyncer(running, ground, {
    random,
    runs,
    entryPoint: syncer,
    onSample: tell(runs),
  })
  const tolerate = TOLERATED_PER_RUN * slack
  const verdict = verdictOf({ name: 'syncer', unit: 'run', samples, unitsPerSample: 1, tolerate })
  return told(verdict, judgeBounds('syncer', bounds))
}

/** Some ten lines in all. */
const tell = (count: number) => (bytes: number, number: number) => {
  if (number % Math.ceil(count / TOLD) === 0) say(`  ${number}/${count}: ${(bytes / 2 ** 20).toFixed(3)} MiB`)
}

function told(verdict: Verdict, full: BoundsVerdict): Judged {
  say(full.text)
  say(verdict.text)
  return { ...full, ...verdict }
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(soak, { interruptedCode: 130 })
