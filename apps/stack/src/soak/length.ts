/** A full run: rounds of requests to the API. */
export const DEFAULT_ROUNDS = 60

/** In one round. */
export const DEFAULT_REQUESTS = 2_000

/** Of the syncer. */
export const DEFAULT_RUNS = 300
