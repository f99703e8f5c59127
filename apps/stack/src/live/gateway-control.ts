import { z } from 'zod'
import { askSimulator } from '../ask-simulator.js'

const Session = z.object({
  session_id: z.string(),
  shard: z.tuple([z.int(), z.int()]),
  seq: z.int(),
  connection_id: z.int().nullable(),
})
const Overview = z.object({
  counts: z.object({ identifies: z.int(), resumes: z.int(), sent: z.int(), disturbed: z.int() }),
})
const Identify = z.object({ at_ms: z.number(), key: z.int(), outcome: z.string() })
const ArmedFault = z.object({ id: z.int(), hits: z.int() })
const Struck = z.object({ struck: z.int() })

export type GatewaySessionState = z.output<typeof Session>
export type GatewayCounts = z.output<typeof Overview>['counts']
type FaultBody = { readonly fault: string } & Readonly<Record<string, unknown>>

/** The gateway of the simulator: what goes wrong with it, and what it wrote down. */
export class GatewayControl {
  constructor(readonly controlUrl: string) {}

  ask(method: string, path: string, body?: unknown): Promise<unknown> {
    return askSimulator(method, `${this.controlUrl}${path}`, body)
  }

  /** Strikes every connection at once. @returns how many */
  async strike(fault: FaultBody): Promise<number> {
    return Struck.parse(await this.ask('POST', '/gateway/faults', { on: 'now', ...fault })).struck
  }

  /** One more fault, until {@link mend}. @returns counts what it has hit */
  async arm(fault: FaultBody): Promise<() => Promise<number>> {
    const { id } = ArmedFault.parse(await this.ask('POST', '/gateway/faults', fault))
    return async () => {
      const faults = z.array(ArmedFault).parse(await this.ask('GET', '/gateway/faults'))
      return faults.find((it) => it.id === id)?.hits ?? 0
    }
  }

  async mend(): Promise<void> {
    await this.ask('DELETE', '/gateway/faults')
  }

  async set(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.ask('PATCH', '/gateway', settings)
  }

  async counts(): Promise<GatewayCounts> {
    return Overview.parse(await this.ask('GET', '/gateway')).counts
  }

  /** Those that somebody is connected to. */
  async sessions(): Promise<GatewaySessionState[]> {
    const sessions = z.array(Session).parse(await this.ask('GET', '/gateway/sessions'))
    return sessions.filter(({ connection_id }) => connection_id !== null)
  }

  async identifies(): Promise<z.output<typeof Identify>[]> {
    return z.array(Identify).parse(await this.ask('GET', '/gateway/identifies'))
  }

  /** Whether Discord has taken the token away, as it does from a bot that identifies too often. */
  async isTokenRevoked(): Promise<boolean> {
    return z.object({ token_revoked: z.boolean() }).parse(await this.ask('GET', '/app')).token_revoked
  }
}
