import { ConflictError } from '../conflict-error.js'
import { hash32 } from '../guild/hash.js'
import type { Fault, FaultKind, FaultOf } from './fault.js'

/** When a fault strikes, whatever it does. */
export interface FaultTiming {
  readonly after: number
  readonly times: number
  readonly probability?: number | undefined
  readonly seed: number
}

export interface ArmedFault<F extends FaultTiming> {
  readonly id: number
  /** Where it strikes: a route of the REST API, or a point in the life of a connection to the gateway. */
  readonly route: string
  readonly fault: F
  /** Occasions that matched so far. */
  matched: number
  /** Occasions that were hit. */
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

/** The faults in force. What is hit follows from the order of occasions and the seeds, never from a clock. */
export class FaultBook<F extends FaultTiming> {
  #armed: ArmedFault<F>[] = []
  #lastId = 0

  constructor(readonly routeOf: (fault: F) => string) {}

  get armed(): readonly ArmedFault<F>[] {
    return this.#armed
  }

  /** @throws {@link ConflictError} past {@link MAX_FAULTS} */
  arm(fault: F): ArmedFault<F> {
    if (this.#armed.length >= MAX_FAULTS)
      throw new ConflictError(`At most ${MAX_FAULTS} faults are kept; clear them first`)
    this.#lastId += 1
    const armed = { id: this.#lastId, route: this.routeOf(fault), fault, matched: 0, hits: 0 }
    this.#armed.push(armed)
    return armed
  }

  clear(): void {
    this.#armed = []
  }

  /** Counts an occasion and tells which faults hit it. */
  draw(matches: (armed: ArmedFault<F>) => boolean): readonly F[] {
    if (this.#armed.length === 0) return []
    return this.#armed
      .filter(matches)
      .filter(hits)
      .map((it) => it.fault)
  }
}

function hits(armed: ArmedFault<FaultTiming>): boolean {
  const { after, times, probability, seed } = armed.fault
  armed.matched += 1
  if (armed.matched <= after || (times > 0 && armed.hits >= times)) return false
  if (probability !== undefined && hash32(seed, armed.matched, armed.id) / 2 ** 32 >= probability) return false
  armed.hits += 1
  return true
}
