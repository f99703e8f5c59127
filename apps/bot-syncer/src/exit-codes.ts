/** How a process ends; all but `usage` are how a run ended, or, of `resting`, why none began. */
export const EXIT_CODES = { done: 0, failed: 1, partial: 3, held: 4, resting: 5, usage: 2 } as const
