import { ENTRY_POINTS, NODE_FLAGS } from '../entry-points.js'
import { type Program, type ProgramOptions, startProgram } from './program.js'

export interface FollowerOptions {
  /** Another build of the syncer than the one of this checkout. */
  readonly entryPoint?: string | undefined
  /** As the pod of a StatefulSet would be: `syncer-0`. */
  readonly hostname: string
  readonly discord: { readonly token: string; readonly url: string }
  readonly api: { readonly url: string; readonly token: string }
  readonly env?: ProgramOptions['env']
  readonly resolver?: ProgramOptions['resolver']
  readonly onLine?: ProgramOptions['onLine']
}

/** Starts a syncer that follows every guild of the bot live. */
export function startFollower(options: FollowerOptions): Program {
  const { entryPoint = ENTRY_POINTS.syncer, hostname, discord, api, env, resolver, onLine } = options
  return startProgram({
    name: `The syncer ${hostname}`,
    entryPoint,
    nodeFlags: NODE_FLAGS.syncer,
    args: ['live'],
    env: {
      ...env,
      HOSTNAME: hostname,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.url,
      API_URL: api.url,
      API_TOKEN: api.token,
    },
    output: 'kept',
    resolver,
    ...(onLine ? { onLine } : {}),
  })
}
