import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RollcallClient, stampOf } from '@rollcall/contract'
import { Command } from 'commander'
import { z } from 'zod'
import { Random } from './chaos/random.js'
import { layGround } from './demo/scene.js'
import { requireBuilt } from './entry-points.js'
import { startApi } from './processes/api.js'
import { freePort } from './processes/free-port.js'
import { describeEnding } from './processes/program.js'
import type { Running } from './processes/running.js'
import { SIMULATOR_TOKEN } from './processes/simulator.js'
import { SYNCER_EXIT, startSyncer } from './processes/syncer.js'
import { runCommand } from './run-command.js'
import { load } from './soak/load.js'
import { trendOf } from './soak/trend.js'
import { wholeNumber } from './whole-number.js'

/** A day of them at the default would not fill what the container has to spare. */
const TOLERATE = 'a slope per request that is no leak; more for a short run, which has not settled'
const MAX_SEED = 2_147_000_000
const MEMBERS = 1_000
const RECONCILE_EVERY = 5
/** Beside the one that is reconciled. */
const SOAKED_GUILD_ID = '900000000000000001'
/** What is filled once and then kept: pools, compiled code, caches up to their bounds. */
const WARM_UP_SHARE = 0.4
const TELL_MEMORY = fileURLToPath(new URL('./tell-memory.js', import.meta.url))

const options = new Command('soak')
  .description('Uses the API for long with ever new keys, and looks whether what it holds after collections grows.')
  .option('--seed <number>', 'of the keys', wholeNumber(0, MAX_SEED), randomInt(MAX_SEED))
  .option('--rounds <count>', 'how many; the first 40 % are not counted', wholeNumber(10, 2_000), 60)
  .option('--requests <count>', 'in one round', wholeNumber(10, 100_000), 2_000)
  .option('--tolerate <bytes>', TOLERATE, wholeNumber(0, 100_000), 40)
  .option('--api <file>', 'another build of the API')
  .parse()
  .opts<{ seed: number; rounds: number; requests: number; tolerate: number; api?: string }>()

/** `npm run test:soak -- --help` */
async function soak(running: Running): Promise<number> {
  requireBuilt()
  const { seed, rounds, requests, tolerate } = options
  say(`Soak with seed ${seed}: ${rounds} rounds of ${requests} requests, a reconcile in every fifth.`)
  const { site, reconcile, nextSample } = await setUp(running)
  const random = new Random(seed)
  const samples: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await load(site, random, requests)
    if (round % RECONCILE_EVERY === 1) await reconcile()
    samples.push(await nextSample())
    if (round % 10 === 0) say(`  ${round}/${rounds}: ${((samples.at(-1) ?? 0) / 2 ** 20).toFixed(2)} MiB`)
  }
  const { slope, z, isRising } = trendOf(samples.slice(Math.floor(rounds * WARM_UP_SHARE)))
  const bytesPerRequest = slope / requests
  say(`Slope ${bytesPerRequest.toFixed(1)} bytes a request (Theil–Sen), z ${z.toFixed(1)} (Mann–Kendall)`)
  const isLeak = isRising && bytesPerRequest > tolerate
  say(isLeak ? 'NOT AS IT MUST BE: the API leaks memory.' : 'All as it must be: memory does not grow.')
  return isLeak ? 1 : 0
}

async function setUp(running: Running) {
  const { postgres, simulator, token } = await layGround(running, { members: MEMBERS })
  const { guildId, apiUrl } = simulator
  let onSample: (bytes: number) => void = () => {}
  const api = await running.add(
    startApi({
      entryPoint: options.api && resolve(options.api),
      port: await freePort(),
      managementPort: await freePort(),
      databaseUrl: postgres.url,
      homeGuildId: guildId,
      output: 'kept',
      nodeFlags: ['--expose-gc', '--import', TELL_MEMORY],
      onLine: (line) => {
        const sample = readSample(line)
        if (sample !== undefined) onSample(sample)
      },
      // Its limit of requests is not what is looked at.
      env: { RATE_LIMIT_REQUESTS: '1000000' },
    }),
  )
  const nextSample = () =>
    new Promise<number>((resolve, reject) => {
      onSample = resolve
      void api.ended.then((ending) => reject(new Error(describeEnding(api, ending))))
    })
  const site = { url: api.url, guildId: SOAKED_GUILD_ID, token }
  const client = new RollcallClient({ url: api.url, token })
  await client.putGuild(BigInt(SOAKED_GUILD_ID), { name: 'Soak', observed_at: stampOf(Date.now()) })
  const reconcile = async () => {
    const discord = { token: SIMULATOR_TOKEN, guildId, url: apiUrl }
    const syncer = startSyncer({ discord, api: { url: api.url, token }, output: 'kept' })
    const ending = await syncer.ended
    if (ending.code !== SYNCER_EXIT.done) throw new Error(describeEnding(syncer, ending))
  }
  return { site, reconcile, nextSample }
}

/** The API's log goes the same way. */
function readSample(line: string): number | undefined {
  if (!line.startsWith('{"used_bytes"')) return undefined
  return z.object({ used_bytes: z.int() }).parse(JSON.parse(line)).used_bytes
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(soak, { interruptedCode: 130 })
