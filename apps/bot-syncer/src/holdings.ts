import { MAX_MEMBERS_PER_REQUEST } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import { type Departures, MAX_DEPARTURES_PER_RUN } from './core/departures.js'
import { MAX_ROLES_REMEMBERED, type RoleBook } from './core/role-book.js'

/**
 * What a run under way holds for as long as it lasts, so that the operators can see it among the bounds of the process.
 * Pages need no name here: each stream holds one and reads one ahead, whatever the guild's size.
 */
export class Holdings {
  departures: Departures | undefined
  roles: RoleBook | undefined
  /** Changes that were sent and have no answer yet. */
  changesInFlight = 0

  /** Of a process that makes one run at a time. */
  addTo(bounds: Bounds): void {
    boundHoldings(bounds, [this], 1)
  }

  /** The run is over. */
  release(): void {
    this.departures = undefined
    this.roles = undefined
    this.changesInFlight = 0
  }
}

/**
 * Names what runs hold, all together, among the bounds of the process.
 *
 * @param runs - those under way, at any moment
 * @param maxRuns - at the same time
 */
export function boundHoldings(bounds: Bounds, runs: Iterable<Holdings>, maxRuns: number): void {
  const sum = (held: (run: Holdings) => number | undefined) => () => {
    let total = 0
    for (const run of runs) total += held(run) ?? 0
    return total
  }
  bounds.add('departures', {
    kind: 'buffer',
    source: 'apps/bot-syncer/src/core/departures.ts',
    holds: ['#ids'],
    unit: 'members',
    size: sum(({ departures }) => departures?.kept),
    max: () => maxRuns * MAX_DEPARTURES_PER_RUN,
    evictions: sum(({ departures }) => departures && departures.count - departures.kept),
  })
  const roles = {
    kind: 'cache',
    source: 'apps/bot-syncer/src/core/role-book.ts',
    unit: 'roles',
    max: () => maxRuns * MAX_ROLES_REMEMBERED,
  } as const
  bounds.add('known_roles', { ...roles, holds: ['#known'], size: sum((run) => run.roles?.known.size) })
  bounds.add('gone_roles', { ...roles, holds: ['#gone'], size: sum((run) => run.roles?.gone) })
  bounds.add('changes_in_flight', {
    kind: 'buffer',
    source: 'apps/bot-syncer/src/send-changes.ts',
    unit: 'members',
    size: sum((run) => run.changesInFlight),
    max: () => maxRuns * MAX_MEMBERS_PER_REQUEST,
  })
}
