import { z } from 'zod'
import { askSimulator } from '../ask-simulator.js'

const Identify = z.object({ n: z.int(), at_ms: z.number(), key: z.int(), outcome: z.string() })
export type Identify = z.output<typeof Identify>
const Resume = z.object({ n: z.int(), outcome: z.string() })
const Overview = z.object({ counts: z.object({ identifies: z.int(), resumes: z.int() }) })

/** What the simulator wrote down of who connected when. */
export class GatewayJournal {
  constructor(readonly controlUrl: string) {}

  async counts(): Promise<{ identifies: number; resumes: number }> {
    return Overview.parse(await askSimulator('GET', `${this.controlUrl}/gateway`)).counts
  }

  /** @param after - how many there were at an earlier look */
  async identifies(after = 0): Promise<Identify[]> {
    return z.array(Identify).parse(await askSimulator('GET', `${this.controlUrl}/gateway/identifies?after=${after}`))
  }

  async resumes(after = 0): Promise<z.output<typeof Resume>[]> {
    return z.array(Resume).parse(await askSimulator('GET', `${this.controlUrl}/gateway/resumes?after=${after}`))
  }
}

/** The shortest pause between two identifies of one key, in milliseconds; undefined while no key has two. */
export function shortestPauseMs(identifies: readonly Identify[]): number | undefined {
  const last = new Map<number, number>()
  let shortest: number | undefined
  for (const { key, at_ms } of identifies) {
    const before = last.get(key)
    if (before !== undefined) shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, at_ms - before)
    last.set(key, at_ms)
  }
  return shortest
}
