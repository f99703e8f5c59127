import { Command, CommanderError, InvalidArgumentError } from 'commander'
import ms, { type StringValue } from 'ms'
import { complain } from './report/log.js'
import type { RunChoices } from './run.js'

/** The longest wait that a Node timer can hold is 24.8 days. */
const INTERVAL_MS = { min: ms('10s'), max: ms('24d') }

/**
 * A run that stands alone waits for so long before it begins, which is less than whoever starts one every hour gives it. One
 * that has to rest for hours ends at once instead: the next is started anyway.
 */
const MAX_WAIT_MS = ms('15m')

/** One run, or one after the other; or following the guilds live. */
export type CommandLine = ReconcileCommand | { readonly command: 'live' }

export interface ReconcileCommand {
  readonly command: 'reconcile'
  readonly choices: RunChoices
  /** Between the starts of two runs; undefined for a single run. */
  readonly intervalMs: number | undefined
}

interface Options {
  readonly dryRun?: true
  readonly now?: true
  readonly allowDepartures: number
  readonly allowRoleDeletions: number
  readonly interval?: number
}

/**
 * Reads the command line. Help and mistakes are answered on the terminal.
 *
 * @returns the choices, or the exit code of a command line that asks for no run
 */
export function readCommandLine(argv: readonly string[], usageExitCode: number): CommandLine | number {
  let commandLine: CommandLine | undefined
  const program = createProgram((chosen) => {
    commandLine = chosen
  })
  try {
    program.parse(argv)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode
    throw error
  }
  return commandLine ?? usageExitCode
}

function createProgram(onChosen: (commandLine: CommandLine) => void): Command {
  const program = new Command('bot-syncer').exitOverride().configureOutput({ writeErr: complain })
  program
    .command('reconcile', { isDefault: false })
    .description('make the mirror of the guild GUILD_ID equal to the guild')
    .option('--dry-run', 'write nothing; show what would change')
    .option('--allow-departures <count>', 'apply up to so many departures in the first run', count, 0)
    .option('--allow-role-deletions <count>', 'apply up to so many role deletions in the first run', count, 0)
    .option('--interval <duration>', 'run again and again, such as 1h', duration)
    .option('--now', 'start the first run at once, although the last ones failed')
    .exitOverride()
    .action((options: Options) =>
      onChosen({
        command: 'reconcile',
        choices: {
          isDryRun: options.dryRun ?? false,
          skipsWait: options.now ?? false,
          allowedDepartures: options.allowDepartures,
          allowedRoleDeletions: options.allowRoleDeletions,
          maxWaitMs: options.interval === undefined ? MAX_WAIT_MS : undefined,
        },
        intervalMs: options.interval,
      }),
    )
  program
    .command('live')
    .description('follow every guild of the bot, event by event, until it is told to stop')
    .exitOverride()
    .action(() => onChosen({ command: 'live' }))
  return program
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}

function duration(text: string): number {
  const milliseconds: number | undefined = ms(text as StringValue)
  if (milliseconds === undefined || !(milliseconds >= INTERVAL_MS.min && milliseconds <= INTERVAL_MS.max)) {
    throw new InvalidArgumentError('Expected a duration from 10s to 24d, such as 15m or 1h.')
  }
  return milliseconds
}
