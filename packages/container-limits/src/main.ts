import { Command, InvalidArgumentError } from 'commander'
import { toBytes, toCpus } from './quantity.js'
import { recommend } from './recommend.js'

/** `npm run limits -- --memory 192Mi --cpu 500m`: what suits a container of this size, and how to say it in a manifest. */
const program = new Command('limits')
  .description('Recommend settings of the API for a container')
  .requiredOption('--memory <quantity>', 'what it may use, such as 192Mi', argument(toBytes))
  .option('--cpu <quantity>', 'what it may use, such as 500m; no limit if left out', argument(toCpus))
  .showHelpAfterError()
  .action(({ memory: memoryBytes, cpu: cpus }) => {
    process.stdout.write(recommend({ memoryBytes, cpus }))
  })

try {
  program.parse()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

function argument<T>(read: (text: string) => T) {
  return (text: string): T => {
    try {
      return read(text)
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : '')
    }
  }
}
