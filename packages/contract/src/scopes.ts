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
