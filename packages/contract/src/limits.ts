/**
 * Every public limit, once: the number, and the sentence that documents it. The API enforces them, the client cuts by
 * them, the OpenAPI document and the error bodies quote them.
 */
export const LIMITS = {
  max_members_per_request: {
    max: 1_000,
    sentence: 'A bulk request carries at most 1,000 members.',
  },
  max_bulk_body_bytes: {
    max: 2_097_152,
    sentence: 'The body of a bulk request is at most 2 MiB (2,097,152 bytes).',
  },
  max_body_bytes: {
    max: 65_536,
    sentence: 'The body of any other request is at most 64 KiB (65,536 bytes).',
  },
  max_report_body_bytes: {
    max: 1_048_576,
    sentence: 'The body of a request that marks guilds or reports shards is at most 1 MiB (1,048,576 bytes).',
  },
  max_page_members: {
    max: 1_000,
    sentence: 'A page of a list holds at most 1,000 entries.',
  },
  max_digested_members: {
    max: 2_500,
    sentence: 'A digest is of at most 2,500 members, former ones included; of a range with more there is none.',
  },
  max_bot_page_size: {
    max: 10_000,
    sentence: 'A numbered page of bot users holds at most 10,000; a larger page_size counts as 10,000.',
  },
  max_roles_per_member: {
    max: 250,
    sentence: 'A member has at most 250 roles, as many as a Discord guild has.',
  },
  max_roles_per_guild: {
    max: 500,
    sentence: "A guild has at most 500 roles: twice Discord's own 250, so that new ones fit before old ones are gone.",
  },
  max_guilds_per_request: {
    max: 250,
    sentence: 'A request carries at most 250 guilds with their roles.',
  },
  max_sync_states_per_request: {
    max: 2_500,
    sentence: 'A request marks at most 2,500 guilds, as many as a Discord shard may have.',
  },
  max_shards_per_process: {
    max: 512,
    sentence: 'One process holds at most 512 shards.',
  },
  max_alts_per_user: {
    max: 250,
    sentence: 'A user has at most 250 alternate accounts.',
  },
  max_observed_ahead_seconds: {
    max: 300,
    sentence: 'An observation lies at most 300 seconds in the future of the server clock.',
  },
  max_issues_told: {
    max: 20,
    sentence: 'An answer to a faulty request names at most 20 faults and says how many more there are.',
  },
  max_json_depth: {
    max: 64,
    sentence: 'A body nests at most 64 lists and objects in each other.',
  },
  max_json_commas: {
    max: 400_000,
    sentence: 'A body has at most 400,000 commas, those in strings counted, too; a full chunk has 266,000.',
  },
  max_json_colons: {
    max: 100_000,
    sentence: 'A body has at most 100,000 colons, those in strings counted, too; a full chunk has 8,000 keys.',
  },
  max_json_digits: {
    max: 1_000,
    sentence: 'An integer in a body has at most 1,000 characters.',
  },
  max_header_bytes: {
    max: 16_384,
    sentence: 'The head of a request has less than 16 KiB (16,384 bytes); a longer one is answered 431.',
  },
  max_arrival_seconds: {
    max: 20,
    sentence: 'A request arrives in full within 20 seconds; a slower one is answered 408.',
  },
  max_connections: {
    max: 1_000,
    sentence: 'At most 1,000 connections are open to one process; the next is closed without an answer.',
  },
} as const satisfies Record<string, { max: number; sentence: string }>

export type LimitName = keyof typeof LIMITS

export const MAX_MEMBERS_PER_REQUEST = LIMITS.max_members_per_request.max
export const MAX_BULK_BODY_BYTES = LIMITS.max_bulk_body_bytes.max
export const MAX_BODY_BYTES = LIMITS.max_body_bytes.max
export const MAX_REPORT_BODY_BYTES = LIMITS.max_report_body_bytes.max
export const MAX_PAGE_MEMBERS = LIMITS.max_page_members.max
export const MAX_DIGESTED_MEMBERS = LIMITS.max_digested_members.max
export const MAX_BOT_PAGE_SIZE = LIMITS.max_bot_page_size.max
export const MAX_ROLES_PER_MEMBER = LIMITS.max_roles_per_member.max
export const MAX_ROLES_PER_GUILD = LIMITS.max_roles_per_guild.max
export const MAX_GUILDS_PER_REQUEST = LIMITS.max_guilds_per_request.max
export const MAX_SYNC_STATES_PER_REQUEST = LIMITS.max_sync_states_per_request.max
export const MAX_SHARDS_PER_PROCESS = LIMITS.max_shards_per_process.max
export const MAX_ALTS_PER_USER = LIMITS.max_alts_per_user.max
export const MAX_OBSERVED_AHEAD_SECONDS = LIMITS.max_observed_ahead_seconds.max
export const MAX_ISSUES_TOLD = LIMITS.max_issues_told.max
