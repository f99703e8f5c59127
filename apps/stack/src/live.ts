import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { privateResolverObstacle } from '@rollcall/name-cache/testing'
import { Command, InvalidArgumentError } from 'commander'
import { requireBuilt } from './entry-points.js'
import { describeLive } from './live/describe-live.js'
import { fillMirrors } from './live/fill-mirrors.js'
import { FAULTS } from './live/live-faults.js'
import type { LiveSystem } from './live/live-system.js'
import { type FollowScenario, playRound, type Round } from './live/round.js'
import { DEFAULT_SCENARIOS, openFollowScenario, SCENARIO_NAMES, STORIES } from './live/scenarios.js'
import { Running } from './processes/running.js'
import { Tally } from './rig/tally.js'
import { runCommand } from './run-command.js'
import { wholeNumber } from './whole-number.js'

const MAX_SEED = 2_147_000_000
/** More than all the steps of a round take on a busy machine, less than all their limits together. */
const ROUND_LIMIT_MS = 600_000

/** A scenario that was asked for needs what this machine does not have. */
const CANNOT_RUN_CODE = 2

const options = new Command('live')
  .description(
    'Follows guilds live while they change and faults strike the processes, the wires and the gateway, and looks after every ' +
      'round whether every mirror is its guild. Exit code 0 only if all are; the faults of a seed are the same every time.',
  )
  .option(
    '--seed <number>',
    'of the first round; each round has the next',
    wholeNumber(0, MAX_SEED),
    randomInt(MAX_SEED),
  )
  .option('--rounds <count>', 'of each scenario that has rounds', wholeNumber(1, 10_000), 20)
  .option('--guilds <count>', 'the first has ten times as many members', wholeNumber(1, 100), 6)
  .option('--members <count>', 'of each guild', wholeNumber(20, 10_000), 200)
  .option('--edits <count>', 'in each round', wholeNumber(100, 1_000_000), 2_000)
  .option('--scenarios <names>', `with commas: ${SCENARIO_NAMES.join(', ')}`, chosenFrom(SCENARIO_NAMES), [
    ...DEFAULT_SCENARIOS,
  ])
  .option('--only <names>', 'the faults that may strike, with commas', (text) => text.split(','))
  .option('--api <file>', 'another build of the API')
  .option('--syncer <file>', 'another build of the syncer')
  .parse()
  .opts<{
    seed: number
    rounds: number
    guilds: number
    members: number
    edits: number
    scenarios: string[]
    only?: string[]
    api?: string
    syncer?: string
  }>()

const { seed, rounds, guilds, members, edits, scenarios, only } = options
const builds = { api: options.api && resolve(options.api), syncer: options.syncer && resolve(options.syncer) }
const startedAtMs = performance.now()

/** `npm run test:live -- --help` */
async function live(running: Running): Promise<number> {
  requireBuilt()
  const obstacle = scenarios.includes('resolver') ? privateResolverObstacle() : undefined
  if (obstacle !== undefined) {
    say(`The scenario resolver ${obstacle}. Leave it out, or run it as root on Linux. Nothing was started.`)
    return CANNOT_RUN_CODE
  }
  say(
    `Live with seed ${seed}, ${rounds} rounds of ${edits.toLocaleString('en')} edits in ${guilds} guilds of ${members} members.`,
  )
  for (const name of scenarios) {
    // Each on its own ground, which is cleared away before the next.
    const ground = await running.add(new Running())
    let system: LiveSystem | undefined
    try {
      const open = (it: LiveSystem) => {
        system = it
      }
      const isAsItMustBe = isStory(name)
        ? await tellStory(ground, name, open)
        : await follow(ground, name as FollowScenario, open)
      if (!isAsItMustBe) return 1
    } catch (error) {
      if (running.isStopping) throw error
      say(`BROKEN OFF: ${error instanceof Error ? error.message : error}`)
      if (system) say(await describeLive(system))
      return 1
    }
    await ground.stop()
  }
  say('All as it must be: every mirror was its guild.')
  return 0
}

async function tellStory(
  ground: Running,
  name: keyof typeof STORIES,
  open: (system: LiveSystem) => void,
): Promise<boolean> {
  let said = (): readonly string[] => []
  const opened = (system: LiveSystem) => {
    said = () => system.sayings.told
    open(system)
  }
  const { notes, violations } = await STORIES[name](ground, { seed, guilds, members, edits, builds }, opened)
  for (const note of notes) say(`${name}: ${note}`)
  if (violations.length > 0) say(`NOT AS IT MUST BE:\n  ${violations.join('\n  ')}\n${said().join('\n')}`)
  return violations.length === 0
}

async function follow(ground: Running, scenario: FollowScenario, open: (system: LiveSystem) => void): Promise<boolean> {
  const kinds = Object.keys(FAULTS[scenario]).filter((kind) => only?.includes(kind) ?? true)
  if (kinds.length === 0) return true
  const system = await openFollowScenario(ground, scenario, { guilds, members, builds })
  open(system)
  await fillMirrors(system)
  const tally = new Tally(kinds)
  for (let index = 0; index < rounds; index++) {
    const play = () => playRound(system, { seed: seed + index, edits, scenario, kinds })
    const round = await system.steps.take(`round with seed ${seed + index}`, play, ROUND_LIMIT_MS)
    tally.add(round.strikes)
    tell(scenario, round, `${index + 1}/${rounds}`)
    if (round.violations.length === 0) continue
    say(`NOT AS IT MUST BE:\n  ${round.violations.join('\n  ')}`)
    say(system.sayings.told.join('\n'))
    say(`Again with: --scenarios ${scenario} --seed ${round.seed} --rounds 1`)
    return false
  }
  const { struck, bit } = tally.total
  say(`${scenario}: ${bit} of ${struck} faults hit something: ${tally}`)
  if (tally.neverBit.length > 0) say(`Not seen to hit, more rounds show more: ${tally.neverBit.join(', ')}`)
  return true
}

function tell(scenario: string, { seed, edits, strikes, notes }: Round, place: string): void {
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  const struck = strikes.map(({ name, hits }) => `${name} ×${hits}`)
  say(
    [
      `${scenario} ${place} seed ${seed}: ${edits} edits`,
      ...notes,
      `struck: ${struck.join(', ') || 'nothing'}`,
      `${seconds} s since the start`,
    ].join('; '),
  )
}

const isStory = (name: string): name is keyof typeof STORIES => name in STORIES

function chosenFrom(all: readonly string[]): (text: string) => string[] {
  return (text) => {
    const chosen = text.split(',')
    const unknown = chosen.filter((name) => !all.includes(name))
    if (unknown.length === 0) return chosen
    throw new InvalidArgumentError(`There is no ${unknown.join(', ')}.`)
  }
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(live, { interruptedCode: 130 })
// What hangs would keep this process, too.
process.exit()
