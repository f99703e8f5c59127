import { ENTRY_POINTS, NODE_FLAGS } from '../entry-points.js'
import { type Program, type ProgramOptions, startProgram } from './program.js'

/** How the syncer says how a run went. */
export const SYNCER_EXIT = { done: 0, failed: 1, usage: 2, partial: 3, held: 4, resting: 5 } as const

export interface SyncerOptions {
  /** Another build of the syncer than the one of this checkout. */
  readonly entryPoint?: string | undefined
  readonly discord: {
    readonly token: string
    readonly guildId: string
    readonly url?: string | undefined
    readonly webhookUrl?: string | undefined
  }
  readonly api: { readonly url: string; readonly token: string }
  readonly args?: readonly string[]
  readonly output: ProgramOptions['output']
  readonly env?: ProgramOptions['env']
  /** Beside its own. */
  readonly nodeFlags?: readonly string[]
  readonly cgroup?: ProgramOptions['cgroup']
  readonly onLine?: ProgramOptions['onLine']
}

/** Starts the syncer: one reconcile and an exit code, unless `args` say otherwise. */
export function startSyncer(options: SyncerOptions): Program {
  const { entryPoint = ENTRY_POINTS.syncer, discord, api, args = [], output, env, nodeFlags = [], cgroup } = options
  const { onLine } = options
  return startProgram({
    name: 'The syncer',
    entryPoint,
    nodeFlags: [...NODE_FLAGS.syncer, ...nodeFlags],
    args: ['reconcile', ...args],
    env: {
      ...env,
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.url,
      GUILD_ID: discord.guildId,
      WEBHOOK_URL: discord.webhookUrl,
      API_URL: api.url,
      API_TOKEN: api.token,
    },
    output,
    cgroup,
    ...(onLine ? { onLine } : {}),
  })
}
