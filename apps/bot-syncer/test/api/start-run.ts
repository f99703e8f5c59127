import { ApiResponseError, type RollcallClient } from '@rollcall/contract'
import { pino } from 'pino'
import t from 'tap'
import { RestingError, startRun } from '../../src/api/start-run.js'

const NOW = Date.parse('2026-01-01T00:00:00Z')

/** Starts a run of a guild that rests for so long; who waits is told to stop. @returns why none began, and what was logged */
async function restingFor(seconds: number, maxWaitMs: number | undefined) {
  const lines: { msg: string }[] = []
  const stop = new AbortController()
  const write = (line: string) => {
    lines.push(JSON.parse(line))
    setImmediate(() => stop.abort())
  }
  const failure = await startRun({
    client: {
      startSyncRun: async () => {
        const body = { code: 'sync_run_too_early', message: 'too early', retry_after: seconds } as const
        throw new ApiResponseError('POST', '/', 409, body, seconds)
      },
    } as unknown as RollcallClient,
    guildId: 1n,
    skipsWait: false,
    maxWaitMs,
    introduceGuild: async () => {},
    clock: () => NOW,
    log: pino({}, { write }),
    signal: stop.signal,
  }).catch((error: unknown) => error)
  return { failure, said: lines.map(({ msg }) => msg) }
}

t.test('waits for as long as it may, and does not begin where it would have to wait longer', async (t) => {
  const waiting = await restingFor(900, 900_000)
  t.match(waiting.said, [/^waiting until 2026-01-01T00:15:00\.000Z: .*--now skips the wait/])
  t.ok(waiting.failure instanceof RestingError, 'told to stop meanwhile')
  const tooLong = await restingFor(901, 900_000)
  t.strictSame(tooLong.said, [])
  t.match(tooLong.failure, new RestingError('2026-01-01T00:15:01.000Z'))
})

t.test('without a limit it waits for hours, and says until when', async (t) => {
  const { said } = await restingFor(21_600, undefined)
  t.match(said, [/^waiting until 2026-01-01T06:00:00\.000Z/])
})
