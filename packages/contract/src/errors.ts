import * as z from 'zod'

/** What went wrong, for a program to branch on. */
export const ErrorCode = z.enum([
  'validation_failed',
  'malformed_json',
  'unauthorized',
  'forbidden',
  'not_found',
  'unknown_guild',
  'unknown_role',
  'unknown_member',
  'unknown_sync_run',
  'unknown_notice',
  'method_not_allowed',
  'sync_run_ended',
  'sync_run_too_early',
  'too_many_roles',
  'too_many_items',
  'body_too_large',
  'unsupported_media_type',
  'rate_limited',
  'request_timeout',
  'database_full',
  'too_many_bulk_requests',
  'overloaded',
  'database_unavailable',
  'shutting_down',
  'bad_request',
  'internal_error',
])
export type ErrorCode = z.output<typeof ErrorCode>

export const Issue = z.object({
  path: z.string().meta({ examples: ['members[3].roles'] }),
  message: z.string(),
})
export type Issue = z.output<typeof Issue>

/** The body of every native answer from 400 up. The bot mount has bodies of its own. */
export const ErrorBody = z
  .object({
    code: ErrorCode,
    message: z.string().meta({ description: 'What happened, for a person' }),
    issues: z.array(Issue).optional(),
    issues_omitted: z.int().optional().meta({ description: 'How many more issues there are' }),
    limit: z.string().optional().meta({ description: 'The name of the limit that was exceeded' }),
    max: z.number().optional(),
    sent: z.number().optional(),
    retry_after: z.number().optional().meta({ description: 'Seconds' }),
    request_id: z.string().optional(),
  })
  .meta({ id: 'ErrorBody' })
export type ErrorBody = z.output<typeof ErrorBody>
