import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { describeState } from './chaos/describe-state.js'
import { FAULT_NAMES } from './chaos/faults.js'
import { fillMirror } from './chaos/fill-mirror.js'
import { playRound, type Round } from './chaos/round.js'
import { System } from './chaos/system.js'
import { requireBuilt } from './entry-points.js'
import type { Running } from './processes/running.js'
import { Tally } from './rig/tally.js'
import { runCommand } from './run-command.js'
import { wholeNumber } from './whole-number.js'

const MAX_SEED = 2_147_000_000
/** More than all the steps of a round take on a busy machine, less than all their limits together. */
const ROUND_LIMIT_MS = 600_000

const options = new Command('chaos')
  .description(
    'Reconciles a changing guild while faults strike the processes and the wires between them, and looks after every run ' +
      'whether all promises held. Exit code 0 only if they did; the faults of a seed are the same every time.',
  )
  .option(
    '--seed <number>',
    'of the first round; each round has the next',
    wholeNumber(0, MAX_SEED),
    randomInt(MAX_SEED),
  )
  .option('--rounds <count>', 'how many', wholeNumber(1, 10_000), 20)
  .option('--members <count>', 'members of the guild', wholeNumber(1_000, 100_000), 3_000)
  .option('--only <names>', `the faults that may strike, with commas: ${FAULT_NAMES.join(', ')}`, names, FAULT_NAMES)
  .option('--api <file>', 'another build of the API')
  .option('--syncer <file>', 'another build of the syncer')
  .option('--run-limit <seconds>', 'a run of the syncer that takes longer hangs', wholeNumber(1, 3_600), 120)
  .parse()
  .opts<{
    seed: number
    rounds: number
    members: number
    only: string[]
    api?: string
    syncer?: string
    runLimit: number
  }>()

/** `npm run test:chaos -- --help` */
async function chaos(running: Running): Promise<number> {
  requireBuilt()
  const { seed, rounds, members, only: kinds, api, syncer, runLimit } = options
  say(`Chaos with seed ${seed}, ${rounds} rounds, a guild of ${members.toLocaleString('en')} members.`)
  const builds = { api: api && resolve(api), syncer: syncer && resolve(syncer) }
  const startedAtMs = performance.now()
  const system = await System.start(running, { members, builds, runLimitMs: runLimit * 1_000 })
  const tally = new Tally(kinds)
  try {
    const calmBytes = await fillMirror(system)
    for (let index = 0; index < rounds; index++) {
      const play = () => playRound(system, { seed: seed + index, kinds, calmBytes })
      const round = await system.steps.take(`round with seed ${seed + index}`, play, ROUND_LIMIT_MS)
      tally.add(round.strikes)
      tell(round, `${index + 1}/${rounds}`, startedAtMs)
      if (round.violations.length > 0) {
        say(`NOT AS IT MUST BE:\n  ${round.violations.join('\n  ')}\nAgain with: --seed ${round.seed} --rounds 1`)
        return 1
      }
    }
  } catch (error) {
    if (running.isStopping) throw error
    say(`BROKEN OFF: ${error instanceof Error ? error.message : error}\n${await describeState(system)}`)
    return 1
  }
  sayTally(tally)
  say('All as it must be: after every round the mirror was the guild, and one more run sent nothing.')
  return 0
}

function tell({ seed, edits, strikes, endings, chunksConfirmed }: Round, place: string, startedAtMs: number): void {
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1)
  const struck = strikes.map(({ name, hits }) => `${name} ×${hits}`)
  say(`${place} seed ${seed}: ${edits.join('; ')}`)
  say(`  struck: ${struck.join(', ') || 'nothing'}`)
  say(`  runs ended ${endings.join(', ')}; ${chunksConfirmed} chunks beside them; ${seconds} s since the start`)
}

function sayTally(tally: Tally): void {
  const { struck, bit } = tally.total
  say(`${bit} of ${struck} faults hit something: ${tally}`)
  if (tally.neverBit.length > 0) say(`Not seen to hit, more rounds show more: ${tally.neverBit.join(', ')}`)
}

function names(text: string): string[] {
  const chosen = text.split(',')
  const unknown = chosen.filter((name) => !FAULT_NAMES.includes(name))
  if (unknown.length === 0) return chosen
  throw new InvalidArgumentError(`There is no ${unknown.join(', ')}.`)
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(chaos, { interruptedCode: 130 })
// What hangs would keep this process, too.
process.exit()
