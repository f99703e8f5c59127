/** Milliseconds since the Unix epoch at which Discord's ids start. @see https://discord.com/developers/docs/reference#snowflakes */
export const DISCORD_EPOCH_MS = 1_420_070_400_000n

/** Instant at which the id was made, in milliseconds since the Unix epoch. */
export const snowflakeTimeMs = (id: bigint): number => Number((id >> 22n) + DISCORD_EPOCH_MS)

/** Makes ids as Discord does: later ones are greater, also within one millisecond and if the clock steps back. */
export class SnowflakeFactory {
  #last = 0n

  constructor(readonly nowMs: () => number) {}

  next(): string {
    const fromClock = (BigInt(Math.trunc(this.nowMs())) - DISCORD_EPOCH_MS) << 22n
    this.#last = fromClock > this.#last ? fromClock : this.#last + 1n
    return `${this.#last}`
  }
}
