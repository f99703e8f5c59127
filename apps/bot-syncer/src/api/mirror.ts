import type {
  Chunk,
  Member,
  MemberListOptions,
  MembersDigest,
  PatchMembersResponse,
  PutGuild,
  PutRole,
  PutRoleResponse,
  Role,
  RollcallClient,
  Snowflake,
  Stamp,
} from '@rollcall/contract'

/** Where a list of members is to begin: behind `after`, with a page of about the size of `like`. */
export type MemberPlace = Pick<MemberListOptions, 'after' | 'like'>

/** What a reconcile reads from and writes to one guild's mirror. */
export interface Mirror {
  putGuild(guild: PutGuild, signal: AbortSignal): Promise<void>
  listRoles(signal: AbortSignal): Promise<Role[]>
  putRole(roleId: Snowflake, role: PutRole, signal: AbortSignal): Promise<PutRoleResponse['verdict']>
  /** Takes the role from every member, too. */
  deleteRole(roleId: Snowflake, signal: AbortSignal): Promise<void>
  /** Present and former members, page by page, ascending by id. */
  memberPages(from: MemberPlace, signal: AbortSignal): AsyncGenerator<Member[]>
  /** Of the present members with ids above `after` and up to `through`. */
  digest(after: Snowflake | undefined, through: Snowflake, signal: AbortSignal): Promise<MembersDigest>
  patchMembers(chunk: Chunk, observedAt: Stamp, signal: AbortSignal): Promise<PatchMembersResponse>
}

/** The mirror of one guild behind the API. */
export class ApiMirror implements Mirror {
  readonly #client: RollcallClient
  readonly #guildId: Snowflake

  constructor(client: RollcallClient, guildId: Snowflake) {
    this.#client = client
    this.#guildId = guildId
  }

  async putGuild(guild: PutGuild, signal: AbortSignal): Promise<void> {
    await this.#client.putGuild(this.#guildId, guild, signal)
  }

  listRoles(signal: AbortSignal): Promise<Role[]> {
    return this.#client.listRoles(this.#guildId, signal)
  }

  async putRole(roleId: Snowflake, role: PutRole, signal: AbortSignal): Promise<PutRoleResponse['verdict']> {
    const { verdict } = await this.#client.putRole(this.#guildId, roleId, role, signal)
    return verdict
  }

  async deleteRole(roleId: Snowflake, signal: AbortSignal): Promise<void> {
    await this.#client.deleteRole(this.#guildId, roleId, signal)
  }

  memberPages(from: MemberPlace, signal: AbortSignal): AsyncGenerator<Member[]> {
    return this.#client.listMemberPages(this.#guildId, { ...from, signal })
  }

  digest(after: Snowflake | undefined, through: Snowflake, signal: AbortSignal): Promise<MembersDigest> {
    return this.#client.digestMembers(this.#guildId, { after, through, signal })
  }

  patchMembers(chunk: Chunk, observedAt: Stamp, signal: AbortSignal): Promise<PatchMembersResponse> {
    return this.#client.patchMembers(this.#guildId, chunk, { observedAt, signal })
  }
}
