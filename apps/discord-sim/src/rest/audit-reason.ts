import type { FastifyRequest } from 'fastify'
import { discordErrors } from './discord-error.js'

const MAX_REASON_CHARACTERS = 512

/**
 * The decoded `X-Audit-Log-Reason`: percent-encoded UTF-8 in the header.
 *
 * @see https://discord.com/developers/docs/resources/audit-log
 */
export function auditReason({ headers }: FastifyRequest): string | undefined {
  const encoded = headers['x-audit-log-reason']
  if (encoded === undefined || encoded === '') return undefined
  const reason = decoded(String(encoded))
  if (reason !== undefined && reason.length <= MAX_REASON_CHARACTERS) return reason
  const fault = { code: 'BASE_TYPE_BAD_LENGTH', message: `Must be between 0 and ${MAX_REASON_CHARACTERS} in length.` }
  throw discordErrors.invalidForm({ 'X-Audit-Log-Reason': { _errors: [fault] } })
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
