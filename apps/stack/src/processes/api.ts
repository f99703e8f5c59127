import { setTimeout as delay } from 'node:timers/promises'
import { ENTRY_POINTS, NODE_FLAGS } from '../entry-points.js'
import { describeEnding, type Ending, type Program, type ProgramOptions, startProgram } from './program.js'

const READY_TIMEOUT_MS = 30_000
const POLL_MS = 50

export interface Api extends Program {
  /** `http://127.0.0.1:3000` */
  readonly url: string
  /** Probes and metrics. */
  readonly managementUrl: string
}

export interface ApiOptions {
  /** Another build of the API than the one of this checkout. */
  readonly entryPoint?: string | undefined
  readonly host?: string
  readonly port: number
  readonly managementPort: number
  readonly databaseUrl: string
  readonly homeGuildId: string
  readonly output: ProgramOptions['output']
  readonly env?: ProgramOptions['env']
  /** Beside its own. */
  readonly nodeFlags?: readonly string[]
  readonly cgroup?: ProgramOptions['cgroup']
  readonly onLine?: ProgramOptions['onLine']
}

/**
 * Starts the API and waits until it is ready.
 *
 * @throws with the API's last words when it ends instead
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { entryPoint = ENTRY_POINTS.api, host = '127.0.0.1', port, managementPort } = options
  const { databaseUrl, homeGuildId, output, env, nodeFlags = [], cgroup, onLine } = options
  const program = startProgram({
    name: 'The API',
    entryPoint,
    nodeFlags: [...NODE_FLAGS.api, ...nodeFlags],
    env: {
      LOG_LEVEL: 'warn',
      ...env,
      HOST: host,
      PORT: `${port}`,
      MANAGEMENT_PORT: `${managementPort}`,
      DATABASE_URL: databaseUrl,
      HOME_GUILD_ID: homeGuildId,
    },
    output,
    cgroup,
    ...(onLine ? { onLine } : {}),
  })
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const origin = (port: number) => `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
  const managementUrl = origin(managementPort)
  try {
    await untilReady(program, `${managementUrl}/readyz`)
  } catch (error) {
    await program.stop()
    throw error
  }
  return { ...program, url: origin(port), managementUrl }
}

async function untilReady(program: Program, url: string): Promise<void> {
  let ending: Ending | undefined
  void program.ended.then((it) => {
    ending = it
  })
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (ending) throw new Error(describeEnding(program, ending))
    if (await answersOk(url)) return
    await delay(POLL_MS)
  }
  throw new Error(`The API was not ready after ${READY_TIMEOUT_MS / 1_000} seconds`)
}

const answersOk = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    async (response) => {
      await response.body?.cancel()
      return response.ok
    },
    () => false,
  )
