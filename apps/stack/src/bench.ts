import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { resultOf } from './bench/result.js'
import { type Repetition, repeat, setStage } from './bench/role-change.js'
import { tellResult } from './bench/tell.js'
import { requireBuilt } from './entry-points.js'
import { Running } from './processes/running.js'
import { runCommand } from './run-command.js'

const LARGER = 10

const { members, repetitions, large, out } = new Command('bench')
  .description(
    'Measures a reconcile in which the roles of every member have changed against its floor: the same changes as plain SQL, ' +
      'a thousand rows a statement, over one connection, on a copy of the same table in the same server. ' +
      'Both are checked against the guild, row by row.',
  )
  .option('--members <count>', 'members of the guild', toCount, 80_000)
  .option('--repetitions <count>', 'of both, alternating', toCount, 3)
  .option('--large', `also reconcile a guild ${LARGER} times as large, for its peak of memory (takes minutes)`)
  .option('--out <file>', 'write the result as JSON')
  .parse()
  .opts<{ members: number; repetitions: number; large?: boolean; out?: string }>()

/** `npm run bench -- --help` */
async function bench(running: Running): Promise<number> {
  requireBuilt()
  const measured: Repetition[] = []
  const peaks = [await withStage(running, members, repetitions, measured)]
  if (large) peaks.push(await withStage(running, members * LARGER, 1, []))
  const result = resultOf(members, measured, peaks)
  process.stdout.write(`\n${tellResult(result)}\n${JSON.stringify(result)}\n`)
  if (out !== undefined) await writeFile(out, `${JSON.stringify(result, null, 2)}\n`)
  return 0
}

/** Repeats the change on a stage of its own, which is cleared away before the next is set. */
async function withStage(running: Running, members: number, times: number, measured: Repetition[]) {
  say(`Filling a mirror with ${members.toLocaleString('en')} members …`)
  const own = await running.add(new Running())
  const stage = await setStage(own, { members })
  for (let index = 0; index < times; index++) {
    say(`Repetition ${index + 1} of ${times} …`)
    measured.push(await repeat(stage, { floorFirst: index % 2 === 0 }))
  }
  await own.stop()
  return { members, peaks: stage.peaks }
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count
  throw new InvalidArgumentError('Expected a whole number from 1 to 1000000.')
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(bench, { interruptedCode: 130 })
