import { Command } from 'commander'
import { z } from 'zod'
import { MAX_SEEDED_MEMBERS } from './control/guilds.js'
import { MAX_ROLES_PER_GUILD, MIN_SEEDED_ROLES } from './guild/seeded-roles.js'
import { MAX_STUBS } from './guild/stub-guilds.js'

const count = (min: number, max: number) =>
  z
    .string('Expected a value')
    .regex(/^\d+$/, 'Expected a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))

const Options = z.object({
  members: count(0, MAX_SEEDED_MEMBERS),
  roles: count(MIN_SEEDED_ROLES, MAX_ROLES_PER_GUILD),
  seed: count(0, 0xffff_ffff),
  port: count(0, 65_535),
  host: z.string('Expected a value').min(1),
  guildId: z
    .string()
    .regex(/^\d{17,19}$/, 'Expected 17 to 19 digits')
    .optional(),
  token: z.string('Expected a value').min(1),
  latencyMs: count(0, 600_000),
  stubs: count(0, MAX_STUBS),
  shards: count(1, 16_000).optional(),
  maxConcurrency: count(1, 1_000),
})
export type CliOptions = z.output<typeof Options>

/** The command line was wrong: one line for every fault. */
export class UsageError extends Error {
  override readonly name = 'UsageError'

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'))
  }
}

/**
 * @param argv - as `process.argv`
 * @throws {@link UsageError} with all faults at once
 */
export function parseCliOptions(argv: readonly string[]): CliOptions {
  const command = new Command('discord-sim')
    .description('A local Discord: seeded guilds, rate limits, faults on request')
    .option('--members [count]', 'members of the guild, without the bot', '80000')
    .option('--roles [count]', 'roles of the guild, with @everyone', '250')
    .option('--seed [number]', 'what the guild is computed from', '1')
    .option('--port [number]', '0 for any that is free', '0')
    .option('--host [address]', 'address to listen on', '127.0.0.1')
    .option('--guild-id [id]', '17 to 19 digits (default: from the seed)')
    .option('--token [token]', 'the bot token that is accepted', 'simulator')
    .option('--latency-ms [ms]', 'pause before every answer of the REST API', '0')
    .option('--stubs [count]', 'small guilds beside it that the bot is in too', '0')
    .option('--shards [count]', 'how many shards GET /gateway/bot recommends (default: one for every 1,000 guilds)')
    .option('--max-concurrency [count]', 'shards that may identify within 5 s', '1')
    .allowUnknownOption()
    .allowExcessArguments()
    .parse([...argv])
  const faults = command.args.map((argument) => `unknown argument ${argument}`)
  const parsed = Options.safeParse(command.opts())
  if (parsed.success && faults.length === 0) return parsed.data
  for (const issue of parsed.error?.issues ?? []) {
    const option = String(issue.path[0]).replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)
    faults.push(`--${option}: ${issue.message}`)
  }
  throw new UsageError(faults)
}
