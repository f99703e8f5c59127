import { z } from 'zod'

export const MAX_DELAY_MS = 3_600_000

/** When a fault strikes, counted in occasions that match it. */
export const FAULT_TIMING = {
  /** Matching requests that pass untouched before the first that can be hit. */
  after: z.int().min(0).default(0),
  /** Requests to hit; 0 is without end. */
  times: z.int().min(0).default(1),
  /** Share of the matching requests that is hit; which ones follows from `seed`. */
  probability: z.number().min(0).max(1).optional(),
  seed: z.int().default(1),
}

const when = {
  /** `METHOD /path/:with_parameters`, or `*` for every route. Each kind has a default: {@link DEFAULT_ROUTES}. */
  route: z.string().max(200).optional(),
  ...FAULT_TIMING,
}

const retry_after = z.number().min(0).max(3_600).default(1)
const ms = z.int().min(0).max(MAX_DELAY_MS)
const kind = <K extends string, P extends z.ZodRawShape>(name: K, params: P) =>
  z.strictObject({ fault: z.literal(name), ...when, ...params })

/** Everything that can be made to go wrong, with its parameters. */
export const Fault = z.discriminatedUnion('fault', [
  kind('rate_limit_user', { retry_after }),
  kind('rate_limit_shared', { retry_after }),
  kind('rate_limit_global', { retry_after }),
  kind('rate_limit_html', { retry_after }),
  kind('server_error', { status: z.union([500, 502, 503, 504].map((it) => z.literal(it))).default(500) }),
  kind('socket_reset', { in_body: z.boolean().default(false) }),
  kind('hang', { ms: ms.default(MAX_DELAY_MS) }),
  kind('slow_body', { ms: ms.default(1_000) }),
  kind('truncated_json', {}),
  kind('unauthorized', {}),
  kind('forbidden', { code: z.union([z.literal(50001), z.literal(50013)]).default(50001) }),
  kind('page_out_of_order', {}),
  kind('page_duplicate_id', {}),
  kind('member_leaves_between_pages', { side: z.enum(['ahead', 'behind']).default('ahead') }),
  kind('member_joins_between_pages', { side: z.enum(['ahead', 'behind']).default('ahead') }),
  kind('stale_username', { count: z.int().min(1).max(1_000).default(1) }),
  kind('empty_members', {}),
  kind('short_page', { keep: z.int().min(0).max(1_000).optional() }),
  kind('roles_missing', { count: z.int().min(1).max(250).default(250) }),
  kind('wrong_counts', { approximate_member_count: z.int().min(0).default(0) }),
  kind('put_that_does_not_stick', {}),
  kind('clock_skew', { ms: z.int().default(MAX_DELAY_MS) }),
])
export type Fault = z.output<typeof Fault>
export type FaultKind = Fault['fault']
export type FaultOf<K extends FaultKind> = Extract<Fault, { fault: K }>

export const LIST_MEMBERS = 'GET /guilds/:guild_id/members'

/** Where a kind that concerns one route strikes unless told otherwise; the others strike everywhere. */
export const DEFAULT_ROUTES: Partial<Record<FaultKind, string>> = {
  page_out_of_order: LIST_MEMBERS,
  page_duplicate_id: LIST_MEMBERS,
  member_leaves_between_pages: LIST_MEMBERS,
  member_joins_between_pages: LIST_MEMBERS,
  stale_username: LIST_MEMBERS,
  empty_members: LIST_MEMBERS,
  short_page: LIST_MEMBERS,
  roles_missing: 'GET /guilds/:guild_id/roles',
  wrong_counts: 'GET /guilds/:guild_id',
  put_that_does_not_stick: 'PUT /guilds/:guild_id/members/:user_id/roles/:role_id',
}

export const routeOfFault = (fault: Fault): string => fault.route ?? DEFAULT_ROUTES[fault.fault] ?? '*'

/** Which armed faults a request to this route can draw. */
export const concernsRoute = (route: string) => (armed: { readonly route: string }) =>
  armed.route === '*' || armed.route === route
