import { writeSync } from 'node:fs'
import { type DestinationStream, destination, type Logger, pino } from 'pino'

const STDOUT = 1
const STDERR = 2

/**
 * JSON lines on stdout. If they cannot be written (the disk behind stdout is full, the reader of the pipe is gone), that
 * is said once on stderr and the program goes on without a log.
 */
export function createLog(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, untilItFails(STDOUT))
}

function untilItFails(fd: number): DestinationStream {
  const sink = destination({ dest: fd, sync: true })
  let hasFailed = false
  sink.on('error', (error: NodeJS.ErrnoException) => {
    if (hasFailed) return
    hasFailed = true
    complain(`The log cannot be written: ${reasonOf(error)}. The run goes on without it.\n`)
  })
  return {
    write(line) {
      if (!hasFailed) sink.write(line)
    },
  }
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException) =>
  code === 'ENOSPC' ? 'the disk behind stdout is full' : (code ?? message)

/** Says something on stderr, which may be as full as stdout is. */
export function complain(sentence: string): void {
  try {
    writeSync(STDERR, sentence)
  } catch {
    // There is nobody left to tell.
  }
}
