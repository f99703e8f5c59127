import { Bounds } from '@rollcall/process-metrics'
import t from 'tap'
import { Departures } from '../src/core/departures.js'
import { RoleBook } from '../src/core/role-book.js'
import { boundHoldings, Holdings } from '../src/holdings.js'

t.test('the operators see what a run holds, and that it lets go of it', async (t) => {
  const bounds = new Bounds()
  const holdings = new Holdings()
  holdings.addTo(bounds)
  const seen = () => Object.fromEntries(bounds.read().map(({ name, size, evictions }) => [name, [size, evictions]]))
  const nothing = { departures: [0, 0], known_roles: [0, 0], gone_roles: [0, 0], changes_in_flight: [0, 0] }
  t.strictSame(seen(), nothing)

  holdings.departures = new Departures(2)
  for (const id of [1n, 2n, 3n]) holdings.departures.add(id)
  holdings.roles = new RoleBook()
  holdings.roles.learn([7n])
  holdings.roles.giveUp([8n, 9n])
  holdings.changesInFlight = 5
  t.strictSame(seen(), { departures: [2, 1], known_roles: [1, 0], gone_roles: [2, 0], changes_in_flight: [5, 0] })

  holdings.release()
  t.strictSame(seen(), nothing)
})

t.test('what several runs hold is added, and so is what they may', async (t) => {
  const bounds = new Bounds()
  const runs = [new Holdings(), new Holdings()]
  boundHoldings(bounds, runs, 3)
  for (const [at, run] of runs.entries()) {
    run.departures = new Departures(1)
    for (const id of [1n, 2n]) run.departures.add(id)
    run.roles = new RoleBook()
    run.roles.learn([7n, 8n])
    run.changesInFlight = at + 1
  }
  t.match(bounds.read(), [
    { name: 'departures', size: 2, max: 3_000_000, evictions: 2 },
    { name: 'known_roles', size: 4, max: 3_000 },
    { name: 'gone_roles', size: 0, max: 3_000 },
    { name: 'changes_in_flight', size: 3, max: 3_000 },
  ])
})
