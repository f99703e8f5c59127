import closeWithGrace from 'close-with-grace'
import { Running } from './processes/running.js'

/** The syncer's chunk in flight, then the API's drain, then Postgres. */
const CLOSE_TIMEOUT_MS = 90_000

/** The caller's doing: told in one sentence, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Runs one of the commands and sets the exit code that it returns. Whatever becomes of it (its end, a fault, Ctrl-C), all
 * that it started is stopped, and waited for.
 *
 * @param interruptedCode - the exit code after a signal: 0 where that is how the command ends on a good day
 */
export async function runCommand(
  command: (running: Running) => Promise<number>,
  { interruptedCode }: { interruptedCode: number },
): Promise<void> {
  const running = new Running()
  const grace = closeWithGrace({ delay: CLOSE_TIMEOUT_MS, skip: ['beforeExit'] }, async ({ err, signal }) => {
    process.stderr.write(err ? `${tell(err)}\n` : `\n${signal}: stopping …\n`)
    await running.stop()
    if (signal) process.exit(interruptedCode)
  })
  try {
    process.exitCode = await command(running)
  } catch (error) {
    // What fails because it is being stopped is no news.
    if (running.isStopping) return await new Promise(() => {})
    process.stderr.write(`${tell(error)}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
  await running.stop()
  grace.uninstall()
}

const tell = (error: unknown) => (error instanceof Error ? error.message : String(error))
