/** How a process ends; the first four are the states of a run. */
export const EXIT_CODES = { done: 0, failed: 1, partial: 3, held: 4, usage: 2 } as const
