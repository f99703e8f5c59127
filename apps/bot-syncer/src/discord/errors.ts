/** Discord answered with a success status and a body that cannot be what was asked for: an error, never an empty result. */
export class MalformedDiscordResponseError extends Error {
  override readonly name = 'MalformedDiscordResponseError'

  constructor(readonly route: string) {
    super(`Discord answered GET ${route} with a body that is not what its documentation says`)
  }
}

/** The brake before Discord's own: it bans an address that goes on making requests that it refuses. */
export class TooManyRefusalsError extends Error {
  override readonly name = 'TooManyRefusalsError'

  constructor(readonly refusals: number) {
    super(
      `Discord refused ${refusals} requests within ten minutes; it bans the address at 10,000, so the run stops here`,
    )
  }
}
