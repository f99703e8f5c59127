import { MAX_SHARDS_PER_PROCESS } from '@rollcall/contract'

/** A StatefulSet's pods are named so: `bot-syncer-3`. @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity */
const ORDINAL = /-(\d{1,5})$/

/** The number of this process among its like: as given, else from the name of its pod; undefined where neither says. */
export function ordinalOf(given: number | undefined, hostname: string): number | undefined {
  if (given !== undefined) return given
  const digits = ORDINAL.exec(hostname)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The range of shards that a process asks for first: `ordinal · perProcess` and on. Without an ordinal, any will do. */
export function preferredShards(ordinal: number | undefined, perProcess: number, shardCount: number): number[] {
  if (ordinal === undefined) return []
  const first = ordinal * perProcess
  const end = Math.min(first + Math.min(perProcess, MAX_SHARDS_PER_PROCESS), shardCount)
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index)
}

/** @see https://discord.com/developers/docs/events/gateway#sharding-sharding-formula */
export const shardOf = (guildId: string, shardCount: number): number =>
  Number((BigInt(guildId) >> 22n) % BigInt(shardCount))
