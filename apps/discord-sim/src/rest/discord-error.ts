import { RESTJSONErrorCodes as Code } from 'discord-api-types/v10'

/** `errors` of an "Invalid Form Body": the shape of what was sent, with a list of faults at each bad place. */
export interface FormErrors {
  _errors?: { code: string; message: string }[]
  [field: string]: FormErrors | { code: string; message: string }[] | undefined
}

/** What Discord answers from 400 up: thrown by routes, turned into a response in one place. */
export class DiscordError extends Error {
  override readonly name = 'DiscordError'

  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly errors?: FormErrors,
  ) {
    super(message)
  }

  get body() {
    const { code, message, errors } = this
    return { message, code, ...(errors === undefined ? {} : { errors }) }
  }
}

/**
 * One function for every error that the simulator tells.
 *
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes
 */
export const discordErrors = {
  unauthorized: () => new DiscordError(401, Code.GeneralError, '401: Unauthorized'),
  notFound: () => new DiscordError(404, Code.GeneralError, '404: Not Found'),
  internal: () => new DiscordError(500, Code.GeneralError, '500: Internal Server Error'),
  unknownChannel: () => new DiscordError(404, Code.UnknownChannel, 'Unknown Channel'),
  unknownGuild: () => new DiscordError(404, Code.UnknownGuild, 'Unknown Guild'),
  unknownMember: () => new DiscordError(404, Code.UnknownMember, 'Unknown Member'),
  unknownRole: () => new DiscordError(404, Code.UnknownRole, 'Unknown Role'),
  unknownWebhook: () => new DiscordError(404, Code.UnknownWebhook, 'Unknown Webhook'),
  tooManyRoles: (max: number) =>
    new DiscordError(400, Code.MaximumNumberOfGuildRolesReached, `Maximum number of server roles reached (${max})`),
  tooManyWebhooks: (max: number) =>
    new DiscordError(400, Code.MaximumNumberOfWebhooksReached, `Maximum number of webhooks reached (${max})`),
  blocked: () => new DiscordError(403, Code.CloudflareIsBlockingYourRequest, 'internal network error'),
  missingAccess: () => new DiscordError(403, Code.MissingAccess, 'Missing Access'),
  emptyMessage: () => new DiscordError(400, Code.CannotSendAnEmptyMessage, 'Cannot send an empty message'),
  missingPermissions: () => new DiscordError(403, Code.MissingPermissions, 'Missing Permissions'),
  invalidWebhookToken: () => new DiscordError(401, Code.InvalidWebhookToken, 'Invalid Webhook Token'),
  invalidRole: () => new DiscordError(400, Code.InvalidRole, 'Invalid Role'),
  invalidForm: (errors: FormErrors) =>
    new DiscordError(400, Code.InvalidFormBodyOrContentType, 'Invalid Form Body', errors),
  invalidVersion: () => new DiscordError(400, Code.InvalidAPIVersion, 'Invalid API version specified'),
  invalidJson: () =>
    new DiscordError(400, Code.RequestBodyContainsInvalidJSON, 'The request body contains invalid JSON.'),
}
