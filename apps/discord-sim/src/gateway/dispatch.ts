import type { GatewayDispatchPayload } from 'discord-api-types/v10'

type Body<P> = P extends { t: infer T; d: infer D } ? { readonly t: T; readonly d: D } : never

/** An event of Discord's, without the number that each session gives it. */
export type Dispatch = Body<GatewayDispatchPayload>

/** What an event is about, for routing, faults and the journal. */
export interface Subject {
  /** None for what concerns the bot alone; such events go to shard 0. */
  readonly guild_id?: string
  readonly user_id?: string
  readonly role_id?: string
}

/** An event ready to be sent to any number of sessions. Its JSON is made once, or anew each time where it is large. */
export interface EncodedDispatch extends Subject {
  readonly t: string
  /** Of `d`. */
  readonly json: string | (() => string)
}

export function encode({ t, d }: Dispatch, subject: Subject): EncodedDispatch {
  return { ...subject, t, json: JSON.stringify(d) }
}

/** For events that are cheaper to compute again than to keep: the log of a session holds no JSON of them. */
export function encodeLazily(t: Dispatch['t'], make: () => Dispatch['d'], subject: Subject): EncodedDispatch {
  return { ...subject, t, json: () => JSON.stringify(make()) }
}

/** The payload as it goes over the wire. */
export function numbered({ t, json }: Pick<EncodedDispatch, 't' | 'json'>, seq: number): string {
  return `{"t":"${t}","s":${seq},"op":0,"d":${typeof json === 'string' ? json : json()}}`
}
