import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { Command } from 'commander'
import { judge } from './bench/aims.js'
import { tellLines } from './bench/tell.js'
import { LIVE_LINES } from './bench-live/lines.js'
import { measureLive } from './bench-live/measure-live.js'
import type { LiveBenchOptions } from './bench-live/options.js'
import { requireBuilt } from './entry-points.js'
import type { Running } from './processes/running.js'
import { runCommand } from './run-command.js'
import { wholeNumber } from './whole-number.js'

const MISSED_EXIT_CODE = 3
/** The simulator remembers 20,000 guilds that were edited; some of them are for single edits. */
const MAX_STORM_GUILDS = 19_900

const { strict, out, ...options } = new Command('bench-live')
  .description(
    'Follows very many small guilds live and measures it: a cold start without any session, a storm of member events, a rolling ' +
      'restart while events go on, and memory. Whatever was edited is compared with the guilds. Do nothing else on the machine.',
  )
  .option('--shards <count>', 'into which the guilds are divided', wholeNumber(1, 1_024), 288)
  .option('--guilds <count>', 'that the bot is in', wholeNumber(1, 300_000), 300_000)
  .option('--concurrency <count>', 'shards that Discord lets identify within 5 s', wholeNumber(1, 1_000), 16)
  .option('--processes <count>', 'syncers that share the shards', wholeNumber(1, 16), 2)
  .option('--rate <count>', 'member events a second', wholeNumber(1, 50_000), 3_000)
  .option('--seconds <count>', 'of the storm', wholeNumber(1, 3_600), 60)
  .option('--strict', `exit with ${MISSED_EXIT_CODE} when an aim is missed`)
  .option('--out <file>', 'write the result as JSON')
  .parse()
  .opts<Omit<LiveBenchOptions, 'stormGuilds'> & { strict?: boolean; out?: string }>()

/** `npm run bench:live -- --help` */
async function benchLive(running: Running): Promise<number> {
  requireBuilt()
  const { shards, guilds, processes } = options
  const title = `${number(guilds)} guilds, ${number(shards)} shards, ${processes} syncers`
  say(`${title}:`)
  const stormGuilds = Math.min(guilds, MAX_STORM_GUILDS)
  const measured = await measureLive(running, { ...options, stormGuilds }, say)
  const lines = judge([measured], LIVE_LINES)
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', node: process.version }
  const aims = lines.flatMap(({ line, isMet }) => (line.aim ? [{ name: line.value, is_met: isMet ?? null }] : []))
  const result = { machine, options, measured, aims }
  say(`\n${tellLines(title, 'once', lines)}\n${JSON.stringify(result)}`)
  if (out !== undefined) await writeFile(out, `${JSON.stringify(result, null, 2)}\n`)
  return strict && aims.some((aim) => aim.is_met !== true) ? MISSED_EXIT_CODE : 0
}

const number = (value: number) => value.toLocaleString('en')
const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(benchLive, { interruptedCode: 130 })
