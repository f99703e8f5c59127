import { ConflictError } from '../conflict-error.js'
import { hash32 } from '../guild/hash.js'
import { DEFAULT_ROUTES, type Fault, type FaultKind, type FaultOf } from './fault.js'

export interface ArmedFault {
  readonly id: number
  readonly route: string
  readonly fault: Fault
  /** Requests that matched the route so far. */
  matched: number
  /** Requests that were hit. */
  hits: number
}

export const MAX_FAULTS = 100

/** The faults that one request has drawn. */
export class DrawnFaults {
  constructor(readonly list: readonly Fault[]) {}

  find<K extends FaultKind>(kind: K): FaultOf<K> | undefined {
    return this.list.find((it): it is FaultOf<K> => it.fault === kind)
  }
}

/** The faults in force. Which request is hit follows from the order of requests and the seeds, never from a clock. */
export class FaultBook {
  #armed: ArmedFault[] = []
  #lastId = 0

  get armed(): readonly ArmedFault[] {
    return this.#armed
  }

  /** @throws {@link ConflictError} past {@link MAX_FAULTS} */
  arm(fault: Fault): ArmedFault {
    if (this.#armed.length >= MAX_FAULTS)
      throw new ConflictError(`At most ${MAX_FAULTS} faults are kept; clear them first`)
    this.#lastId += 1
    const route = fault.route ?? DEFAULT_ROUTES[fault.fault] ?? '*'
    const armed = { id: this.#lastId, route, fault, matched: 0, hits: 0 }
    this.#armed.push(armed)
    return armed
  }

  clear(): void {
    this.#armed = []
  }

  /** Counts a request and tells which faults hit it. */
  draw(route: string): DrawnFaults {
    const matching = this.#armed.filter((it) => it.route === '*' || it.route === route)
    return new DrawnFaults(matching.filter(hits).map((it) => it.fault))
  }
}

function hits(armed: ArmedFault): boolean {
  const { after, times, probability, seed } = armed.fault
  armed.matched += 1
  if (armed.matched <= after || (times > 0 && armed.hits >= times)) return false
  if (probability !== undefined && hash32(seed, armed.matched, armed.id) / 2 ** 32 >= probability) return false
  armed.hits += 1
  return true
}
