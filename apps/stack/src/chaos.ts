import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { attempt } from './chaos/attempt.js'
import { FAULT_NAMES } from './chaos/faults.js'
import { playRound } from './chaos/round.js'
import { System } from './chaos/system.js'
import { requireBuilt } from './entry-points.js'
import { describeEnding } from './processes/program.js'
import type { Running } from './processes/running.js'
import { SYNCER_EXIT } from './processes/syncer.js'
import { runCommand } from './run-command.js'
import { wholeNumber } from './whole-number.js'

const MAX_SEED = 2_147_000_000

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
  .parse()
  .opts<{ seed: number; rounds: number; members: number; only: string[]; api?: string; syncer?: string }>()

/** `npm run test:chaos -- --help` */
async function chaos(running: Running): Promise<number> {
  requireBuilt()
  const { seed, rounds, members, only: kinds, api, syncer } = options
  say(`Chaos with seed ${seed}, ${rounds} rounds, a guild of ${members.toLocaleString('en')} members.`)
  const builds = { api: api && resolve(api), syncer: syncer && resolve(syncer) }
  const system = await System.start(running, { members, builds })
  const calmBytes = await fillMirror(system)
  for (let index = 0; index < rounds; index++) {
    const startedMs = performance.now()
    const round = await playRound(system, { seed: seed + index, kinds, calmBytes })
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
    say(`${index + 1}/${rounds} seed ${round.seed}: ${round.edits}`)
    say(`  struck: ${round.struck.join(', ') || 'nothing'}; ${round.attempts} runs, ${seconds} s`)
    if (round.faults.length > 0) {
      say(`NOT AS IT MUST BE:\n  ${round.faults.join('\n  ')}\nAgain with: --seed ${round.seed} --rounds 1`)
      return 1
    }
  }
  say('All as it must be: after every round the mirror was the guild, and one more run sent nothing.')
  return 0
}

/** The first reconcile, without faults. @returns what it carried between syncer and API */
async function fillMirror(system: System): Promise<number> {
  const { syncer, ending, faults } = await attempt(system, [], 0)
  if (ending.code !== SYNCER_EXIT.done) throw new Error(describeEnding(syncer, ending))
  if (faults.length > 0) throw new Error(`Without any fault: ${faults.join('; ')}`)
  return system.wires.api.bytes
}

function names(text: string): string[] {
  const chosen = text.split(',')
  const unknown = chosen.filter((name) => !FAULT_NAMES.includes(name))
  if (unknown.length === 0) return chosen
  throw new InvalidArgumentError(`There is no ${unknown.join(', ')}.`)
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(chaos, { interruptedCode: 130 })
