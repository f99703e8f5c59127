import * as z from 'zod'

/** What a token may do. The bot mount asks for the same scopes as the native one. */
export const Scope = z.enum([
  'guilds:read',
  'guilds:write',
  'roles:read',
  'roles:write',
  'members:read',
  'members:write',
  'sync-runs:read',
  'sync-runs:write',
  'gateway:read',
  'gateway:write',
])
export type Scope = z.output<typeof Scope>

/** What the syncer's token has to open, and no more. */
export const SYNCER_SCOPES = {
  reconcile: ['guilds:write', 'roles:read', 'roles:write', 'members:read', 'members:write', 'sync-runs:write'],
  /** Beside the others. */
  live: ['gateway:write'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>
