import type { LiveOptions, LiveSystem } from './live-system.js'

export interface StoryOptions extends Pick<LiveOptions, 'guilds' | 'members' | 'builds'> {
  readonly seed: number
  readonly edits: number
}

export interface Story {
  readonly notes: readonly string[]
  /** What was not as it must be, in sentences. */
  readonly violations: readonly string[]
}

/** Hands the system out as soon as there is one, so that its state can be told if the story breaks off. */
export type Open = (system: LiveSystem) => void
