import { ApiResponseError, digestMembers, FIRST_PAGE_LIMIT, type Snowflake } from '@rollcall/contract'
import type { ReconcileContext } from './context.js'
import type { ObservedMember } from './core/observed-member.js'
import { WorthAsking } from './core/worth-asking.js'

/** Asks the API whether the mirror agrees with pages of the guild, as long as that promises to be less than to read it. */
export class Agreements {
  readonly #context: ReconcileContext
  readonly #worthAsking = new WorthAsking()
  #isServed = true

  constructor(context: ReconcileContext) {
    this.#context = context
  }

  /**
   * Whether exactly these members are present in the mirror, as they are, above `after` and up to the last of them.
   *
   * @param members - ascending by id
   * @returns false, too, where it was not asked: the mirror is to be read then
   */
  async agree(members: readonly ObservedMember[], after: Snowflake | undefined, through: Snowflake): Promise<boolean> {
    // A few members are read as quickly as their digest.
    if (!this.#isServed || members.length <= FIRST_PAGE_LIMIT || !this.#worthAsking.next()) return false
    const expected = digestMembers(members)
    return this.#worthAsking.note(expected !== undefined && expected === (await this.#digest(after, through)))
  }

  async #digest(after: Snowflake | undefined, through: Snowflake): Promise<string | null> {
    const { mirror, log, signal } = this.#context
    try {
      return (await mirror.digest(after, through, signal)).sha256
    } catch (error) {
      // An API of the version before takes the name of the route for an id. A guild that is gone is told by its pages.
      if (!(error instanceof ApiResponseError && (error.status === 400 || error.status === 404))) throw error
      log.info({ status: error.status }, 'the API serves no digests: the whole mirror is read')
      this.#isServed = false
      return null
    }
  }
}
