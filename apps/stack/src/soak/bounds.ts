import { z } from 'zod'

const Bound = z.object({
  name: z.string(),
  kind: z.string(),
  unit: z.string(),
  size: z.number(),
  max: z.number(),
  evictions: z.number(),
})
const Answer = z.object({ bounds: z.array(Bound).min(1) })

/** A bound of a process, at one moment. */
export type Bound = z.output<typeof Bound>

/** @param managementUrl - of the process: `http://127.0.0.1:3001` */
export async function readBounds(managementUrl: string): Promise<Bound[]> {
  const response = await fetch(`${managementUrl}/bounds`)
  return Answer.parse(await response.json()).bounds
}

export interface BoundsVerdict {
  readonly isOverfull: boolean
  /** One line for each cache, and one for whatever else holds too much. */
  readonly text: string
}

/** Whether everything holds at most what it may. A negative size is a miscount, which hides what is held. */
export function judgeBounds(process: string, bounds: readonly Bound[]): BoundsVerdict {
  const isFaulty = ({ size, max }: Bound) => !(size >= 0 && size <= max)
  const lines = bounds
    .filter((it) => it.kind === 'cache' || isFaulty(it))
    .map((it) => {
      const { name, unit, size, max, evictions } = it
      const facts = `${name} of the ${process}: ${size} of ${max} ${unit}, ${evictions} thrown out`
      return isFaulty(it) ? `OVERFULL ${facts}` : `  ${facts}`
    })
  return { isOverfull: bounds.some(isFaulty), text: lines.join('\n') }
}
