import type { FaultProxy } from './fault-proxy.js'
import type { Random } from './random.js'

/** Counts what a fault has hit; asked once, when what it struck is over. */
export type CountHits = () => number | Promise<number>

/** Does the damage; over, and what it killed is back, when the promise is. */
export type StrikeAt<T> = (target: T) => Promise<CountHits>

export const counted =
  <T>(act: (target: T) => Promise<number>): StrikeAt<T> =>
  async (target) => {
    const hits = await act(target)
    return () => hits
  }

/** Whatever has wires of these names. */
interface Wired<W extends string> {
  readonly system: { readonly wires: Readonly<Record<W, FaultProxy>> }
}

/** Everything that goes wrong on a wire, by name. The times are short, because what they strike is. */
export function wireFaults<W extends string>(wire: W): Record<string, (random: Random) => StrikeAt<Wired<W>>> {
  const onWire = (act: (wire: FaultProxy) => number | Promise<number>) =>
    counted<Wired<W>>(async ({ system }) => act(system.wires[wire]))
  return {
    [`reset-${wire}`]: () => onWire((it) => it.reset()),
    [`cut-${wire}`]: (random) => {
      const bytes = random.integer(0, 20_000)
      return async ({ system }) => system.wires[wire].cutAfter(bytes)
    },
    [`delay-${wire}`]: (random) => {
      const [byMs, forMs] = [random.integer(5, 50), random.integer(200, 800)]
      return onWire((it) => it.delay(byMs, forMs))
    },
    [`black-hole-${wire}`]: (random) => {
      const forMs = random.integer(200, 1_000)
      return onWire((it) => it.blackHole(forMs))
    },
    [`refuse-${wire}`]: (random) => {
      const forMs = random.integer(100, 800)
      return onWire((it) => it.refuse(forMs))
    },
  }
}
