import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { SimulatorError } from '../ask-simulator.js'
import { guildMembers } from '../mirror/guild-side.js'
import type { Random } from '../rig/random.js'
import type { GatewayControl } from './gateway-control.js'

const Role = z.object({ id: z.string(), managed: z.boolean() })
const Joined = z.object({ ids: z.tuple([z.string()]) })

const MAX_ROLES = 60
const MIN_ROLES = 4
const MAX_ROLES_OF_MEMBER = 5
const POLL_MS = 50

/** What can be done in a guild, as far as it has to be known for that. */
interface Guild {
  readonly id: string
  readonly people: string[]
  /** They may come back. */
  readonly gone: string[]
  readonly roles: string[]
}

type Edit = (guild: Guild) => Promise<void>

/** What people do in guilds, one random edit after the other: members most of all, then roles, seldom the guild itself. */
export class GuildEditor {
  readonly #guilds = new Map<string, Guild>()
  /** Edits, by how often each is drawn. */
  readonly #kinds: readonly (readonly [number, Edit])[] = [
    [40, (it) => this.#giveRoles(it)],
    [15, (it) => this.#editMember(it, { nick: this.#random.integer(0, 2) === 0 ? null : this.#name(32) })],
    [8, (it) => this.#editMember(it, { username: this.#name(20) })],
    [5, (it) => this.#editMember(it, { global_name: this.#name(30) })],
    [10, (it) => this.#leave(it)],
    [8, (it) => this.#join(it)],
    [4, (it) => this.#return(it)],
    [4, (it) => this.#createRole(it)],
    [4, (it) => this.#changeRole(it)],
    [1, (it) => this.#deleteRole(it)],
    [1, (it) => this.#ask('PATCH', it, '', { name: this.#name(40) })],
  ]
  readonly #deck = this.#kinds.flatMap(([share, edit]) => Array.from({ length: share }, () => edit))
  readonly #gateway: GatewayControl
  readonly #random: Random
  edits = 0

  constructor(gateway: GatewayControl, random: Random) {
    this.#gateway = gateway
    this.#random = random
  }

  /** One edit of one of the guilds; waits while the simulator is away. */
  async edit(guildIds: readonly string[]): Promise<void> {
    const id = this.#random.pick(guildIds)
    const kind = this.#random.pick(this.#deck)
    try {
      const guild = this.#guilds.get(id) ?? (await this.#look(id))
      await kind(guild)
      this.edits += 1
    } catch (error) {
      // A storm or an outage was faster: whatever is known of the guild may be wrong.
      this.#guilds.delete(id)
      if (!(error instanceof SimulatorError)) await this.#untilBack()
    }
  }

  async #untilBack(): Promise<void> {
    const isBack = () => this.#gateway.counts().then(Boolean, () => false)
    while (!(await isBack())) await sleep(POLL_MS)
    this.#guilds.clear()
  }

  async #look(id: string): Promise<Guild> {
    const guild: Guild = { id, people: [], gone: this.#guilds.get(id)?.gone ?? [], roles: [] }
    for await (const { user } of guildMembers(this.#gateway.controlUrl, id)) if (!user.bot) guild.people.push(user.id)
    const roles = z.array(Role).parse(await this.#gateway.ask('GET', `/guilds/${id}/roles`))
    guild.roles.push(...roles.filter((role) => role.id !== id && !role.managed).map((role) => role.id))
    this.#guilds.set(id, guild)
    return guild
  }

  #giveRoles(guild: Guild): Promise<void> {
    const count = this.#random.integer(0, MAX_ROLES_OF_MEMBER)
    const roles = new Set(Array.from({ length: count }, () => this.#random.pick(guild.roles)))
    return this.#editMember(guild, { roles: [...roles] })
  }

  #editMember(guild: Guild, change: object): Promise<void> {
    return this.#ask('PATCH', guild, `/members/${this.#random.pick(guild.people)}`, change)
  }

  async #leave(guild: Guild): Promise<void> {
    const id = this.#taken(guild.people)
    await this.#ask('DELETE', guild, `/members/${id}`)
    guild.gone.push(id)
  }

  async #join(guild: Guild): Promise<void> {
    const joined = await this.#gateway.ask('POST', `/guilds/${guild.id}/members`, { count: 1 })
    guild.people.push(...Joined.parse(joined).ids)
  }

  async #return(guild: Guild): Promise<void> {
    if (guild.gone.length === 0) return this.#join(guild)
    const id = this.#taken(guild.gone)
    await this.#ask('POST', guild, '/members', { ids: [id] })
    guild.people.push(id)
  }

  async #createRole(guild: Guild): Promise<void> {
    if (guild.roles.length >= MAX_ROLES) return this.#deleteRole(guild)
    const role = await this.#gateway.ask('POST', `/guilds/${guild.id}/roles`, { name: this.#name(30) })
    guild.roles.push(Role.parse(role).id)
  }

  #changeRole(guild: Guild): Promise<void> {
    const change = { name: this.#name(30), color: this.#random.integer(0, 0xff_ff_ff) }
    return this.#ask('PATCH', guild, `/roles/${this.#random.pick(guild.roles)}`, change)
  }

  async #deleteRole(guild: Guild): Promise<void> {
    if (guild.roles.length <= MIN_ROLES) return this.#createRole(guild)
    await this.#ask('DELETE', guild, `/roles/${this.#taken(guild.roles)}`)
  }

  async #ask(method: string, { id }: Guild, path: string, body?: unknown): Promise<void> {
    await this.#gateway.ask(method, `/guilds/${id}${path}`, body)
  }

  #taken(ids: string[]): string {
    const [id] = ids.splice(this.#random.integer(0, ids.length - 1), 1)
    if (id === undefined) throw new Error('There is nobody to choose')
    return id
  }

  /** With letters of several lengths in bytes. */
  #name(maxLength: number): string {
    const letters = ['a', 'b', 'ß', 'é', '中', '7', '_', '\\', '"', '\u{1F600}']
    const length = this.#random.integer(2, Math.floor(maxLength / 2))
    return Array.from({ length }, () => this.#random.pick(letters)).join('')
  }
}
