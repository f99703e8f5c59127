import { z } from 'zod'
import { askSimulator } from './ask-simulator.js'
import { type GuildMember, guildMembers } from './mirror/guild-side.js'
import { SIMULATOR_TOKEN, type Simulator } from './processes/simulator.js'

const State = z.object({ members: z.int(), members_role_id: z.string() })
const Role = z.object({
  id: z.string(),
  managed: z.boolean(),
  position: z.int(),
  tags: z.object({ bot_id: z.string().optional() }).optional(),
})
const ArmedFault = z.object({ id: z.int(), hits: z.int() })

/** The guild in the simulator: what people do in it, and what goes wrong with it. */
export class SimulatedGuild {
  constructor(readonly simulator: Pick<Simulator, 'apiUrl' | 'controlUrl' | 'guildId'>) {}

  /** Deletes a role the way an admin's click does: through Discord's API. */
  async deleteRole(id: string): Promise<void> {
    const { apiUrl, guildId } = this.simulator
    const headers = {
      authorization: `Bot ${SIMULATOR_TOKEN}`,
      'user-agent': 'DiscordBot (https://rollcall.invalid, 1)',
    }
    await askSimulator('DELETE', `${apiUrl}/v10/guilds/${guildId}/roles/${id}`, undefined, headers)
  }

  /** Deletes a role that stands above the bot's, as only an owner can. */
  async deleteAnyRole(id: string): Promise<void> {
    await this.#edit('DELETE', `/roles/${id}`)
  }

  /** How many members there are, and which role they all have. */
  async state(): Promise<{ members: number; members_role_id: string }> {
    const { controlUrl, guildId } = this.simulator
    return State.parse(await askSimulator('GET', `${controlUrl}/guilds/${guildId}`))
  }

  /**
   * Changes the roles of every member, or of the first of them.
   *
   * @param options.share - of all members, from 0 to 1
   * @returns how many they are
   */
  async rotateRoles({ share = 1 }: { share?: number } = {}): Promise<number> {
    return this.#bulkEdit({ kind: 'rotate-roles' }, share)
  }

  /** Gives the first members a role. @param share - of all members, from 0 to 1 @returns how many they are */
  addRole(id: string, share: number): Promise<number> {
    return this.#bulkEdit({ kind: 'add-role', role_id: id }, share)
  }

  /**
   * Takes the role that everybody has from the first members, or gives it back to them: however often this is done, the guild
   * stays as heavy as it is.
   *
   * @param share - of all members, from 0 to 1
   * @returns how many they are
   */
  async toggleRole(share: number): Promise<number> {
    const { members_role_id } = await this.state()
    return this.#bulkEdit({ kind: 'toggle-role', role_id: members_role_id }, share)
  }

  async join(count = 1): Promise<void> {
    await this.#edit('POST', '/members', { count })
  }

  async createRole(name: string): Promise<void> {
    await this.#edit('POST', '/roles', { name })
  }

  /** Those that the bot can delete: below its own, and managed by nobody. */
  async deletableRoles(): Promise<string[]> {
    const { guildId } = this.simulator
    const roles = z.array(Role).parse(await this.#edit('GET', '/roles'))
    const reach = roles.find(({ tags }) => tags?.bot_id !== undefined)?.position ?? 0
    return roles
      .filter(({ id, managed, position }) => id !== guildId && !managed && position < reach)
      .map(({ id }) => id)
  }

  async leave(memberId: string): Promise<void> {
    await this.#edit('DELETE', `/members/${memberId}`)
  }

  async rename(memberId: string, username: string): Promise<void> {
    await this.#edit('PATCH', `/members/${memberId}`, { username })
  }

  /** The first `count` people, ascending by id; no bots. */
  async firstMembers(count: number): Promise<GuildMember[]> {
    const { controlUrl, guildId } = this.simulator
    const people: GuildMember[] = []
    for await (const member of guildMembers(controlUrl, guildId)) {
      if (!member.user.bot) people.push(member)
      if (people.length === count) break
    }
    return people
  }

  /** From now on every page of members is empty, with status 200, as if all had left. */
  async claimToBeEmpty(): Promise<void> {
    await this.tellTheTruth()
    await this.misbehave({ fault: 'empty_members', times: 0 })
  }

  /** One more of the simulator's faults, until {@link tellTheTruth}. @returns its id */
  async misbehave(fault: { readonly fault: string } & Readonly<Record<string, unknown>>): Promise<number> {
    return ArmedFault.parse(await askSimulator('POST', `${this.simulator.controlUrl}/faults`, fault)).id
  }

  /** How many requests a fault has hit since {@link misbehave} gave its id. */
  async hitsOf(faultId: number): Promise<number> {
    const faults = z.array(ArmedFault).parse(await askSimulator('GET', `${this.simulator.controlUrl}/faults`))
    return faults.find(({ id }) => id === faultId)?.hits ?? 0
  }

  async tellTheTruth(): Promise<void> {
    await askSimulator('DELETE', `${this.simulator.controlUrl}/faults`)
  }

  async #bulkEdit(edit: { readonly kind: string; readonly role_id?: string }, share: number): Promise<number> {
    const range = share < 1 ? { to_index: Math.floor((await this.state()).members * share) } : {}
    const touched = await this.#edit('POST', '/bulk-edits', { ...edit, ...range })
    return z.object({ members_touched: z.int() }).parse(touched).members_touched
  }

  #edit(method: string, path: string, body?: unknown): Promise<unknown> {
    const { controlUrl, guildId } = this.simulator
    return askSimulator(method, `${controlUrl}/guilds/${guildId}${path}`, body)
  }
}
