import type {
  Chunk,
  Member,
  MembersDigest,
  PatchMembersResponse,
  PutRole,
  PutRoleResponse,
  Role,
  RollcallClient,
  Snowflake,
} from '@rollcall/contract'
import type { Logger } from 'pino'
import { isApiError } from './errors.js'
import type { MemberPlace, Mirror } from './mirror.js'

/** Changes shown one by one; the rest is only counted. */
const MAX_CHANGES_SHOWN = 20

/** Reads the mirror and writes nothing: it shows what would be written and answers as if it had been. */
export class DryRunMirror implements Mirror {
  readonly #client: RollcallClient
  readonly #guildId: Snowflake
  readonly #log: Logger
  #shown = 0

  constructor(client: RollcallClient, guildId: Snowflake, log: Logger) {
    this.#client = client
    this.#guildId = guildId
    this.#log = log
  }

  async putGuild(): Promise<void> {}

  async listRoles(signal: AbortSignal): Promise<Role[]> {
    try {
      return await this.#client.listRoles(this.#guildId, signal)
    } catch (error) {
      // Only the API's explicit word makes a mirror empty; every other failure is a failure.
      if (isApiError(error, 404, 'unknown_guild')) return []
      throw error
    }
  }

  async putRole(roleId: Snowflake, _role: PutRole): Promise<PutRoleResponse['verdict']> {
    this.#show({ role: `${roleId}` }, 'would write a role')
    return 'applied'
  }

  async deleteRole(roleId: Snowflake): Promise<void> {
    this.#show({ role: `${roleId}` }, 'would delete a role')
  }

  async *memberPages(from: MemberPlace, signal: AbortSignal): AsyncGenerator<Member[]> {
    try {
      yield* this.#client.listMemberPages(this.#guildId, { ...from, signal })
    } catch (error) {
      if (!isApiError(error, 404, 'unknown_guild')) throw error
    }
  }

  digest(after: Snowflake | undefined, through: Snowflake, signal: AbortSignal): Promise<MembersDigest> {
    return this.#client.digestMembers(this.#guildId, { after, through, signal })
  }

  async patchMembers(chunk: Chunk): Promise<PatchMembersResponse> {
    for (const { id, json } of chunk) {
      if (this.#shown >= MAX_CHANGES_SHOWN) break
      // The names of the fields only: their values are people's names.
      const fields = Object.keys(JSON.parse(json)).filter((field) => field !== 'id')
      this.#show({ member: `${id}`, fields }, 'would write a member')
    }
    return {
      counts: { applied: chunk.length, unchanged: 0, stale: 0, failed: 0 },
      results: chunk.map(({ id }) => ({ id, verdict: 'applied' as const })),
    }
  }

  #show(facts: object, message: string): void {
    if (this.#shown < MAX_CHANGES_SHOWN) this.#log.info(facts, message)
    this.#shown += 1
  }
}
