/** What was asked and refused since the start, for `GET /control/state`. */
export class Traffic {
  /** By route; the routes are a fixed list, and what matches none counts as `unmatched`. */
  readonly requests: Record<string, number> = {}
  /** 429 answers by who was meant: user, global, shared, or cloudflare for the page without JSON. */
  readonly rateLimited: Record<string, number> = {}

  countRequest(route: string): void {
    this.requests[route] = (this.requests[route] ?? 0) + 1
  }

  countRateLimited(scope: string): void {
    this.rateLimited[scope] = (this.rateLimited[scope] ?? 0) + 1
  }
}
