import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The programs of the other apps, as they are built; this app knows no more of them than how they are called. */
export const ENTRY_POINTS = {
  api: builtAt('api', 'main'),
  migrate: builtAt('api', 'migrate'),
  token: builtAt('api', 'token'),
  digest: builtAt('api', 'digest'),
  syncer: builtAt('bot-syncer', 'main'),
  simulator: builtAt('discord-sim', 'main'),
} as const

/**
 * As in the scripts of the root's package.json: a heap that fits the memory that each is to need. The syncer works in one thread,
 * and so does its garbage collector: helping threads take more time from the others than they save it.
 */
export const NODE_FLAGS = {
  api: ['--max-old-space-size=96', '--max-semi-space-size=4'],
  syncer: ['--max-old-space-size=64', '--max-semi-space-size=4', '--single-threaded-gc'],
  simulator: ['--max-old-space-size=64', '--max-semi-space-size=8'],
} as const

/** @throws when a program has not been built */
export function requireBuilt(): void {
  const missing = Object.values(ENTRY_POINTS).filter((path) => !existsSync(path))
  if (missing.length > 0) throw new Error(`Not built yet: ${missing.join(', ')}. Run "npm run build".`)
}

/** The bundle lies as deep in this app as this file does. */
function builtAt(app: string, name: string): string {
  return fileURLToPath(new URL(`../../${app}/dist/${name}.js`, import.meta.url))
}
