import t from 'tap'
import { startCommand } from './fixtures/command.js'
import { plantedBuild } from './fixtures/planted-build.js'

t.setTimeout(280_000)
// Most of each is waiting.
t.jobs = 2

const SMALL = ['--guilds', '3', '--members', '50', '--edits', '500']

t.test('every mirror is its guild after faults, by the live path alone', { buffered: true }, async (t) => {
  const args = ['--seed', '20210112', '--rounds', '1', '--scenarios', 'resumable', ...SMALL]
  const { code, output } = await startCommand('live', {}, args).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /[1-9]\d* of \d+ faults hit something/)
  t.match(output, /All as it must be/)
})

t.test('a bug is told: an event that is confirmed before it is stored', { buffered: true }, async (t) => {
  const syncer = await plantedBuild(t, 'early-acknowledgement', {
    app: 'bot-syncer',
    replace: 'return this.#first?.sequenceBefore ?? this.#received;',
    by: 'return this.#received;',
  })
  const args = ['--seed', '1', '--rounds', '2', '--scenarios', 'resumable', '--only', 'kill-syncer-in-a-stall']
  const { code, output } = await startCommand('live', {}, [...args, ...SMALL, '--syncer', syncer]).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /guild \d+ has \d+ differences/)
})
