import { z } from 'zod'
import { discordErrors, type FormErrors } from './discord-error.js'

/** An id in a path, query or body. */
export const SnowflakeText = z.string().regex(/^\d{17,20}$/, 'snowflake')

/**
 * The value that the schema makes of what was sent.
 *
 * @throws {@link DiscordError} 400 with code 50035, every fault at its place
 */
export function parseForm<S extends z.ZodType>(schema: S, sent: unknown): z.output<S> {
  const parsed = schema.safeParse(sent, { reportInput: true })
  if (parsed.success) return parsed.data
  const errors: FormErrors = {}
  for (const issue of parsed.error.issues) {
    let place = errors
    for (const key of issue.path) {
      const field = String(key)
      const below = (place[field] ?? {}) as FormErrors
      place[field] = below
      place = below
    }
    place._errors = [...(place._errors ?? []), told(issue)]
  }
  throw discordErrors.invalidForm(errors)
}

/** Discord's code and sentence for a fault. @see https://discord.com/developers/docs/reference#error-messages */
function told(issue: z.core.$ZodIssue): { code: string; message: string } {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? { code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${issue.maximum} or fewer in length.` }
        : { code: 'NUMBER_TYPE_MAX', message: `int value should be less than or equal to ${issue.maximum}.` }
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? { code: 'BASE_TYPE_MIN_LENGTH', message: `Must be ${issue.minimum} or more in length.` }
        : { code: 'NUMBER_TYPE_MIN', message: `int value should be greater than or equal to ${issue.minimum}.` }
    case 'invalid_format':
      return { code: 'NUMBER_TYPE_COERCE', message: `Value "${String(issue.input)}" is not ${issue.message}.` }
    case 'custom':
      return { code: String(issue.params?.code ?? 'BASE_TYPE_INVALID'), message: issue.message }
    default:
      return issue.input === undefined
        ? { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
        : { code: 'BASE_TYPE_INVALID', message: issue.message }
  }
}
