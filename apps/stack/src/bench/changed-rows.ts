import { type GuildMember, guildMembers } from '../mirror/guild-side.js'

export const ROWS_PER_STATEMENT = 1_000

/** A member as the table has it. */
export interface MemberRow {
  readonly id: string
  readonly name: string
  readonly display_name: string
  readonly discriminator: number
  readonly roles: readonly string[]
}

/**
 * The guild's members as the mirror must hold them: each time those whose roles are not what they were the last time, a
 * thousand at a time. Not part of what is measured.
 */
export class ChangedRows {
  readonly #roles = new Map<string, string>()

  async read(controlUrl: string, guildId: string): Promise<MemberRow[][]> {
    const pages: MemberRow[][] = []
    for await (const member of guildMembers(controlUrl, guildId)) {
      const row = toRow(member)
      const roles = row.roles.join()
      if (this.#roles.get(row.id) === roles) continue
      this.#roles.set(row.id, roles)
      const page = pages.at(-1)
      if (page === undefined || page.length === ROWS_PER_STATEMENT) pages.push([row])
      else page.push(row)
    }
    return pages
  }

  get ids(): string[] {
    return [...this.#roles.keys()]
  }
}

const toRow = ({ user, nick, roles }: GuildMember): MemberRow => ({
  id: user.id,
  name: user.username,
  display_name: nick ?? user.global_name ?? user.username,
  discriminator: Number(user.discriminator),
  roles: [...roles].sort(numerically),
})

/** Ids have no leading zero, so the longer one is the larger. */
const numerically = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1)

/** Of every page what one statement needs, as JSON: one text for one statement. */
export const payloadsOf = (pages: readonly (readonly MemberRow[])[], fields: readonly (keyof MemberRow)[]): string[] =>
  pages.map((page) => JSON.stringify(page, [...fields]))
