import { z } from 'zod'
import { FAULT_TIMING, MAX_DELAY_MS } from '../faults/fault.js'

/** Where in the life of a connection a fault can strike. */
const POINTS = ['now', 'connect', 'heartbeat', 'identify', 'resume', 'dispatch', 'request_members'] as const
/** `event`: before an event is numbered; `dispatch`: when a connection has been sent one. */
export type FaultPoint = (typeof POINTS)[number] | 'event'

const when = {
  ...FAULT_TIMING,
  /** Only this shard. A connection that has not identified yet has none, nor has an event that is yet to be sent. */
  shard: z.int().min(0).optional(),
  /** Only this event, such as `GUILD_MEMBER_UPDATE`, and this guild's. */
  event: z.string().max(100).optional(),
  guild_id: z.string().max(20).optional(),
}

const ms = z.int().min(0).max(MAX_DELAY_MS)
const kind = <K extends string, P extends z.ZodRawShape>(name: K, params: P) =>
  z.strictObject({ fault: z.literal(name), ...when, ...params })
/** Those that end or disturb a connection, at any point of its life; `now` strikes every matching one at once. */
const connectionKind = <K extends string, P extends z.ZodRawShape>(name: K, params: P) =>
  kind(name, { on: z.enum(POINTS).default('now'), ...params })

/** Everything that the gateway can be made to do wrong. */
export const GatewayFault = z.discriminatedUnion('fault', [
  connectionKind('tcp_drop', {}),
  connectionKind('reconnect', {}),
  connectionKind('invalid_session', { resumable: z.boolean().default(false) }),
  connectionKind('close', { code: z.int().min(1_000).max(4_999).default(4_000) }),
  connectionKind('request_heartbeat', {}),
  connectionKind('silence', {}),
  kind('no_hello', {}),
  kind('no_ack', {}),
  kind('no_ready', {}),
  kind('resume_refused', { resumable: z.boolean().default(false) }),
  kind('resume_hangs', {}),
  kind('drop_event', {}),
  kind('double_event', {}),
  kind('swap_events', { scope: z.enum(['guild', 'guilds']).default('guild'), max_wait_ms: ms.default(1_000) }),
  kind('delay_event', { ms: ms.default(1_000) }),
  kind('slow_chunks', { ms: ms.default(1_000) }),
  kind('reorder_chunks', {}),
  kind('missing_chunk', { index: z.int().min(0).default(0) }),
])
export type GatewayFault = z.output<typeof GatewayFault>
export type GatewayFaultOf<K extends GatewayFault['fault']> = Extract<GatewayFault, { fault: K }>

const FIXED_POINTS: Partial<Record<GatewayFault['fault'], FaultPoint>> = {
  no_hello: 'connect',
  no_ack: 'heartbeat',
  no_ready: 'identify',
  resume_refused: 'resume',
  resume_hangs: 'resume',
  slow_chunks: 'request_members',
  reorder_chunks: 'request_members',
  missing_chunk: 'request_members',
}

export const pointOf = (fault: GatewayFault): FaultPoint =>
  'on' in fault ? fault.on : (FIXED_POINTS[fault.fault] ?? 'event')

/** The first of this kind among those that were drawn. */
export const findFault = <K extends GatewayFault['fault']>(drawn: readonly GatewayFault[], kind: K) =>
  drawn.find((it): it is GatewayFaultOf<K> => it.fault === kind)

/** What a fault's conditions are held against. */
export interface Occasion {
  readonly shard?: number | undefined
  readonly event?: string
  readonly guild_id?: string | undefined
}

export function concerns(fault: GatewayFault, { shard, event, guild_id }: Occasion): boolean {
  return (
    (fault.shard === undefined || fault.shard === shard) &&
    (fault.event === undefined || fault.event === event) &&
    (fault.guild_id === undefined || fault.guild_id === guild_id)
  )
}
