import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { resultOf } from './bench/result.js'
import { measureLargeGuild, measureRound, type Round } from './bench/round.js'
import { tellResult } from './bench/tell.js'
import { requireBuilt } from './entry-points.js'
import { Running } from './processes/running.js'
import { runCommand } from './run-command.js'

const LARGER = 10
const MISSED_EXIT_CODE = 3

const { members, repetitions, large, strict, out } = new Command('bench')
  .description(
    'Measures what matters, each thing against its floor, which is the same work as plain SQL over one connection to the same ' +
      'server, or against an idle system: first creation, a reconcile of a role change of most members, the bulk route alone, a ' +
      "reconcile with nothing to do, a listing, reads beside a reconcile, a role's deletion, a single patch, and memory. Whatever " +
      'was done is counted, and compared with the guild row by row. Do nothing else on the machine.',
  )
  .option('--members <count>', 'members of the guild, of whom 80 % change', toCount, 100_000)
  .option('--repetitions <count>', 'of everything, each time from an empty database', toCount, 3)
  .option('--large', `also reconcile a guild ${LARGER} times as large, for its peak of memory (takes minutes)`)
  .option('--strict', `exit with ${MISSED_EXIT_CODE} when an aim is missed`)
  .option('--out <file>', 'write the result as JSON')
  .parse()
  .opts<{ members: number; repetitions: number; large?: boolean; strict?: boolean; out?: string }>()

/** `npm run bench -- --help` */
async function bench(running: Running): Promise<number> {
  requireBuilt()
  const rounds: Round[] = []
  for (let index = 0; index < repetitions; index++) {
    say(`Repetition ${index + 1} of ${repetitions}, ${members.toLocaleString('en')} members:`)
    rounds.push(await onOwnStage(running, (own) => measureRound(own, { members, floorFirst: index % 2 === 0, say })))
  }
  if (large) {
    say(`${(members * LARGER).toLocaleString('en')} members:`)
    const peaks = await onOwnStage(running, (own) => measureLargeGuild(own, { members: members * LARGER, say }))
    for (const [index, round] of rounds.entries()) rounds[index] = { ...round, ...peaks }
  }
  const result = resultOf(rounds)
  say(`\n${tellResult(result, rounds)}\n${JSON.stringify(result)}`)
  if (out !== undefined) await writeFile(out, `${JSON.stringify(result, null, 2)}\n`)
  return strict && result.aims.some((aim) => aim.is_met !== true) ? MISSED_EXIT_CODE : 0
}

/** What a round started is cleared away before the next one begins. */
async function onOwnStage<T>(running: Running, work: (own: Running) => Promise<T>): Promise<T> {
  const own = await running.add(new Running())
  const outcome = await work(own)
  await own.stop()
  return outcome
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count
  throw new InvalidArgumentError('Expected a whole number from 1 to 1000000.')
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(bench, { interruptedCode: 130 })
