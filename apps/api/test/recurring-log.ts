import { setTimeout as sleep } from 'node:timers/promises'
import { Bounds } from '@rollcall/process-metrics'
import { pino } from 'pino'
import t from 'tap'
import { RecurringLog } from '../src/recurring-log.js'

const WINDOW_MS = 200

function recorded() {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { lines, log, recurring: new RecurringLog(log, { windowMs: WINDOW_MS }) }
}

t.test('the first time is told whole, a thousand more in one line, and then nothing', async (t) => {
  const { lines, log, recurring } = recorded()
  const again = () => recurring.warn('put off', new Error('away'), { code: 'x' }, log.child({ reqId: '7' }))
  for (let times = 0; times < 1_001; times++) again()
  t.match(lines, [{ msg: 'put off', code: 'x', reqId: '7', err: { message: 'away', stack: /Error: away/ } }])
  await sleep(WINDOW_MS * 4)
  t.equal(lines.length, 2)
  t.strictSame(lines[1], { level: 40, code: 'x', times: 1_000, seconds: WINDOW_MS / 1_000, msg: 'put off, again' })
  again()
  t.match(lines[2], { msg: 'put off', err: { message: 'away' } }, 'after a quiet window it is news')
  recurring.close()
})

t.test('each kind of trouble is told for itself', async (t) => {
  const { lines, recurring } = recorded()
  recurring.warn('put off', undefined, { code: 'x' })
  recurring.warn('put off', undefined, { code: 'y' })
  recurring.warn('lost', undefined)
  t.strictSame(
    lines.map(({ msg, code }) => [msg, code]),
    [
      ['put off', 'x'],
      ['put off', 'y'],
      ['lost', undefined],
    ],
  )
  recurring.close()
})

t.test('what was counted is told before the end', async (t) => {
  const { lines, recurring } = recorded()
  for (let times = 0; times < 3; times++) recurring.warn('put off', undefined)
  recurring.close()
  t.match(lines[1], { msg: 'put off, again', times: 2 })
})

t.test('remembers so many kinds and no more: of one that is too many every time is told', async (t) => {
  const { lines, recurring } = recorded()
  const bounds = new Bounds()
  recurring.addTo(bounds)
  for (let kind = 0; kind < 101; kind++) recurring.warn(`trouble ${kind}`, undefined)
  t.match(bounds.read(), [{ name: 'recurring_troubles', size: 100, max: 100 }])
  recurring.warn('trouble 99', undefined)
  recurring.warn('trouble 100', undefined)
  t.equal(lines.length, 102)
  recurring.close()
  t.match(bounds.read(), [{ size: 0 }])
})
