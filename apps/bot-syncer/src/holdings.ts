import { MAX_MEMBERS_PER_REQUEST } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import { type Departures, MAX_DEPARTURES_PER_RUN } from './core/departures.js'
import { MAX_ROLES_REMEMBERED, type RoleBook } from './core/role-book.js'

/**
 * What the run under way holds for as long as it lasts, so that the operators can see it among the bounds of the process.
 * Pages need no name here: each stream holds one and reads one ahead, whatever the guild's size.
 */
export class Holdings {
  departures: Departures | undefined
  roles: RoleBook | undefined
  /** Changes that were sent and have no answer yet. */
  changesInFlight = 0

  addTo(bounds: Bounds): void {
    bounds.add('departures', {
      kind: 'buffer',
      source: 'apps/bot-syncer/src/core/departures.ts',
      unit: 'members',
      size: () => this.departures?.kept ?? 0,
      max: () => MAX_DEPARTURES_PER_RUN,
      evictions: () => (this.departures?.count ?? 0) - (this.departures?.kept ?? 0),
    })
    const roles = { source: 'apps/bot-syncer/src/core/role-book.ts', unit: 'roles', max: () => MAX_ROLES_REMEMBERED }
    bounds.add('known_roles', { ...roles, kind: 'cache', size: () => this.roles?.known.size ?? 0 })
    bounds.add('gone_roles', { ...roles, kind: 'cache', size: () => this.roles?.gone ?? 0 })
    bounds.add('changes_in_flight', {
      kind: 'buffer',
      source: 'apps/bot-syncer/src/send-changes.ts',
      unit: 'members',
      size: () => this.changesInFlight,
      max: () => MAX_MEMBERS_PER_REQUEST,
    })
  }

  /** The run is over. */
  release(): void {
    this.departures = undefined
    this.roles = undefined
    this.changesInFlight = 0
  }
}
