import t from 'tap'
import { StubTemplate } from '../../src/gateway/stub-template.js'
import { guildCreate } from '../../src/gateway/to-dispatch.js'
import { Simulator } from '../../src/simulator.js'

t.test('the JSON of a stub is that of the guild that its seed makes', async (t) => {
  const { stubs } = withStubs(3_000)
  const template = new StubTemplate(stubs)
  const wrong = []
  for (let index = 0; index < 3_000; index++) {
    if (template.jsonOf(stubs.seedAt(index)) !== JSON.stringify(guildCreate(stubs.fresh(index)))) wrong.push(index)
  }
  t.strictSame(wrong, [])
})

t.test('large and small guilds are told apart', async (t) => {
  const { stubs } = withStubs(1)
  const template = new StubTemplate(stubs)
  const seed = { ...stubs.seedAt(0), members: 49 }
  t.match(JSON.parse(template.jsonOf(seed)), { member_count: 50, large: false })
  t.match(JSON.parse(template.jsonOf({ ...seed, members: 50 })), { member_count: 51, large: true })
})

function withStubs(count: number): Simulator {
  const simulator = new Simulator({ token: 'simulator' })
  simulator.replaceStubs(count, 7)
  return simulator
}
