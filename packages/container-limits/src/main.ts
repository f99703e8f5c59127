import { Command, InvalidArgumentError, Option } from 'commander'
import { APPS, type AppName } from './apps.js'
import { toBytes, toCpus } from './quantity.js'
import { recommend, type Size } from './recommend.js'

/** Without `--app`: what k8s/base deploys. */
const OF_BASE: readonly AppName[] = ['api', 'syncer']

interface Options {
  readonly app?: AppName
  readonly memory?: number
  readonly cpu?: number
}

/**
 * `npm run limits -- --app api --memory 192Mi --cpu 500m`: what suits a container of this size, as patches for an overlay with
 * the figures as comments. Who is too small is told on stderr, and the exit code is 1.
 */
const program = new Command('limits')
  .description('Recommend settings for a container, as patches for an overlay of k8s/')
  .addOption(new Option('--app <name>', 'for which program; api and syncer if left out').choices(Object.keys(APPS)))
  .option('--memory <quantity>', 'what it may use, such as 192Mi; as in k8s/ if left out', argument(toBytes))
  .option('--cpu <quantity>', 'what it requests, such as 500m; as in k8s/ if left out', argument(toCpus))
  .showHelpAfterError()
  .action(({ app, memory: memoryBytes, cpu: cpus }: Options) => print(app ? [app] : OF_BASE, { memoryBytes, cpus }))

program.parse()

function print(apps: readonly AppName[], size: Size): void {
  const texts = apps.flatMap((app) => {
    try {
      return [recommend(app, size)]
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
      process.exitCode = 1
      return []
    }
  })
  process.stdout.write(texts.join('---\n'))
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
