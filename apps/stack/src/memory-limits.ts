/** What the README promises, at any size of the guild. */
export const MEMORY_LIMITS_MIB = { api: 192, syncer: 128 } as const
