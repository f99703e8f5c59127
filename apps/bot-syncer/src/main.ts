import { readCommandLine } from './command-line.js'
import { EXIT_CODES } from './exit-codes.js'
import './let-heap-grow.js'

process.exit(await main())

/**
 * Loads what the command needs, and nothing else: where a run finds nothing to do, the start of its process is most of its
 * work.
 */
async function main(): Promise<number> {
  const commandLine = readCommandLine(process.argv, EXIT_CODES.usage)
  if (typeof commandLine === 'number') return commandLine
  // Before any library looks for `fetch` or `FormData`.
  await import('./set-up-undici.js')
  if (commandLine.command === 'live') {
    const { live } = await import('./commands/live.js')
    return live()
  }
  const { reconciles } = await import('./commands/reconciles.js')
  return reconciles(commandLine)
}
