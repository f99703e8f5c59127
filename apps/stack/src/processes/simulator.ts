import { z } from 'zod'
import { ENTRY_POINTS, NODE_FLAGS } from '../entry-points.js'
import { describeEnding, type Program, startProgram } from './program.js'

/** What the simulator accepts as a bot's token unless told otherwise. */
export const SIMULATOR_TOKEN = 'simulator'

/** The line that the simulator writes when it listens. */
const Ready = z.object({ api: z.url(), control: z.url(), guild_id: z.string(), webhook: z.url() })

export interface Simulator extends Program {
  readonly apiUrl: string
  readonly controlUrl: string
  readonly guildId: string
  readonly webhookUrl: string
}

/** Starts the local Discord with one guild, the same one for the same seed. */
export async function startSimulator({
  members,
  roles = 250,
  args = [],
  nodeFlags = [],
}: {
  members: number
  roles?: number
  /** Beside these. */
  args?: readonly string[]
  /** Beside its own. */
  nodeFlags?: readonly string[]
}): Promise<Simulator> {
  let onLine: (line: string) => void = () => {}
  const firstLine = new Promise<string>((resolve) => {
    onLine = resolve
  })
  const program = startProgram({
    name: 'The Discord simulator',
    entryPoint: ENTRY_POINTS.simulator,
    nodeFlags: [...NODE_FLAGS.simulator, ...nodeFlags],
    args: ['--members', `${members}`, '--roles', `${roles}`, '--seed', '1', '--token', SIMULATOR_TOKEN, ...args],
    env: {},
    output: 'kept',
    onLine,
  })
  const line = await Promise.race([firstLine, program.ended])
  if (typeof line !== 'string') throw new Error(describeEnding(program, line))
  const { api, control, guild_id, webhook } = Ready.parse(JSON.parse(line))
  return { ...program, apiUrl: api, controlUrl: control, guildId: guild_id, webhookUrl: webhook }
}
