import { resolve } from 'node:path'
import { RollcallClient, stampOf } from '@rollcall/contract'
import type { Ground } from '../demo/scene.js'
import { startApi } from '../processes/api.js'
import { freePort } from '../processes/free-port.js'
import { describeEnding } from '../processes/program.js'
import type { Running } from '../processes/running.js'
import { SIMULATOR_TOKEN } from '../processes/simulator.js'
import { SYNCER_EXIT, startSyncer } from '../processes/syncer.js'
import type { Random } from '../rig/random.js'
import { type Bound, readBounds } from './bounds.js'
import { load } from './load.js'
import { newTokens, newTokensIn } from './new-tokens.js'
import { listenerFlags, Sampler } from './sampler.js'

const RECONCILE_EVERY = 5
/** Beside the one that is reconciled. */
const SOAKED_GUILD_ID = '900000000000000001'

export interface ApiSoak {
  readonly random: Random
  readonly rounds: number
  /** In one round. */
  readonly requests: number
  /** Another build of the API. */
  readonly entryPoint: string | undefined
  readonly onSample: (bytes: number, round: number) => void
}

/** What a process held: bytes, at even distances, and in the end of everything that is bounded. */
export interface Held {
  readonly samples: readonly number[]
  readonly bounds: readonly Bound[]
}

/** Uses one API for long with ever new keys. @returns what it held after each round */
export async function soakApi(running: Running, ground: Ground, options: ApiSoak): Promise<Held> {
  const { random, rounds, requests, entryPoint, onSample } = options
  const { postgres, simulator, token } = ground
  const { guildId, apiUrl } = simulator
  const sampler = new Sampler()
  const api = await running.add(
    startApi({
      entryPoint: entryPoint && resolve(entryPoint),
      port: await freePort(),
      managementPort: await freePort(),
      databaseUrl: postgres.url,
      homeGuildId: guildId,
      output: 'kept',
      nodeFlags: listenerFlags('tell-memory'),
      onLine: (line) => sampler.hear(line),
      // Its limit of requests is not what is looked at.
      env: { RATE_LIMIT_REQUESTS: '1000000' },
    }),
  )
  const client = new RollcallClient({ url: api.url, token })
  await client.putGuild(BigInt(SOAKED_GUILD_ID), { name: 'Soak', observed_at: stampOf(Date.now()) })
  const reconcile = async () => {
    const discord = { token: SIMULATOR_TOKEN, guildId, url: apiUrl }
    const syncer = startSyncer({ discord, api: { url: api.url, token }, output: 'kept' })
    const ending = await syncer.ended
    if (ending.code !== SYNCER_EXIT.done) throw new Error(describeEnding(syncer, ending))
  }
  const samples: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const newKeys = await newTokens(postgres.url, newTokensIn(requests))
    await load({ url: api.url, guildId: SOAKED_GUILD_ID, token, newKeys }, random, requests)
    if (round % RECONCILE_EVERY === 1) await reconcile()
    const bytes = await sampler.next(api, () => process.kill(api.usage.pid ?? 0, 'SIGWINCH'))
    samples.push(bytes)
    onSample(bytes, round)
  }
  const bounds = await readBounds(api.managementUrl)
  await api.stop()
  return { samples, bounds }
}
