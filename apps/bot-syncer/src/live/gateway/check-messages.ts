import type { WebSocketShard } from '@discordjs/ws'
import { GatewaySession } from '@rollcall/contract'
import { GatewayDispatchEvents, GatewayOpcodes } from 'discord-api-types/v10'

/** A timer's longest; beyond it a timer fires at once. */
const MAX_INTERVAL_MS = 2_147_483_647

/**
 * What the library does with a message. It is not public: should a version name it otherwise, the first message fails, and with
 * it the tests.
 */
interface Receiver {
  unpackMessage(data: unknown, isBinary: boolean): Promise<unknown>
  onMessage(data: unknown, isBinary: boolean): Promise<void>
}

type Raw = Readonly<Record<string, unknown>>

/** What the library relies on in a message of Discord's is not there. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError'

  constructor(readonly what: string) {
    super(`Discord sent a malformed ${what}`)
  }
}

/**
 * Keeps what Discord sends from ending the process: the library trusts it, and nobody catches what its handler rejects with.
 * Bodies of other events than READY are left to whoever maps them.
 *
 * @param onFault - the message was not handled, or only half of it: the connection cannot go on
 */
export function checkMessages(shard: WebSocketShard, onFault: (error: unknown) => void): void {
  const receiver = shard as unknown as Receiver
  const unpack = receiver.unpackMessage.bind(shard)
  const receive = receiver.onMessage.bind(shard)
  receiver.unpackMessage = async (data, isBinary) => checked(await unpack(data, isBinary))
  receiver.onMessage = (data, isBinary) => receive(data, isBinary).catch(onFault)
}

/** @throws MalformedMessageError */
function checked(payload: unknown): Raw | null {
  const raw = objectOf(payload)
  // As the library takes what is not JSON.
  if (raw === undefined) return null
  const d = objectOf(raw.d)
  if (raw.op === GatewayOpcodes.Hello && !isInterval(d?.heartbeat_interval)) throw new MalformedMessageError('Hello')
  // Only the plain word says that the session goes on.
  if (raw.op === GatewayOpcodes.InvalidSession && typeof raw.d !== 'boolean') return { ...raw, d: false }
  if (raw.op === GatewayOpcodes.Dispatch && raw.t === GatewayDispatchEvents.Ready && !isReady(d, raw.s)) {
    throw new MalformedMessageError('READY')
  }
  return raw
}

const isInterval = (value: unknown): boolean => typeof value === 'number' && value >= 1 && value <= MAX_INTERVAL_MS

const isReady = (d: Raw | undefined, sequence: unknown): boolean => {
  const { session_id, resume_gateway_url, guilds } = d ?? {}
  return Array.isArray(guilds) && GatewaySession.safeParse({ session_id, resume_gateway_url, sequence }).success
}

const objectOf = (value: unknown): Raw | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : undefined
