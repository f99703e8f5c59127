import type { SyncRunCounts, SyncRunState } from '@rollcall/contract'
import type { SimulatedGuild } from '../simulated-guild.js'

/** One thing that happens in the guild, and what the reconcile after it must come to. */
export interface Chapter {
  readonly title: string
  /** Makes it happen. @returns the counts that the ledger must show, those that are not named being free */
  happen(guild: SimulatedGuild, members: number): Promise<Partial<SyncRunCounts>>
  readonly state?: SyncRunState
  /** Ends what must not go on into the next chapter. */
  after?(guild: SimulatedGuild): Promise<void>
}

const NOTHING = { total: 0, created: 0, patched: 0, departed: 0, failed: 0, stale: 0, remaining: 0 }
const NO_ROLES = { roles_written: 0, roles_deleted: 0 }

/** The story of 12 January 2021, and what else a mirror must survive. */
export const STORY: readonly Chapter[] = [
  {
    title: 'The first reconcile finds an empty mirror',
    happen: async (_guild, members) => ({
      ...NOTHING,
      members_read: members,
      total: members,
      done: members,
      created: members,
    }),
  },
  {
    title: 'An admin deletes the role that everybody has',
    happen: async (guild) => {
      const { members_role_id } = await guild.state()
      await guild.deleteRole(members_role_id)
      return { ...NOTHING, roles_deleted: 1, roles_written: 0 }
    },
  },
  {
    title: 'The roles of every member change',
    happen: async (guild) => {
      const members = await guild.rotateRoles()
      return { ...NOTHING, ...NO_ROLES, total: members, done: members, patched: members }
    },
  },
  {
    title: 'One leaves, one joins, one is renamed',
    happen: async (guild) => {
      const [leaver, renamed] = await guild.firstMembers(2)
      if (!leaver || !renamed) throw new Error('The guild is too small for this story')
      await guild.leave(leaver.user.id)
      await guild.join()
      await guild.rename(renamed.user.id, 'renamed')
      return { ...NOTHING, ...NO_ROLES, total: 3, done: 3, created: 1, patched: 1, departed: 1 }
    },
  },
  {
    title: 'Nothing happens',
    happen: async () => ({ ...NOTHING, ...NO_ROLES }),
  },
  {
    title: 'Discord answers that the guild has no members',
    happen: async (guild) => {
      await guild.claimToBeEmpty()
      return { ...NO_ROLES, members_read: 0, done: 0, created: 0, patched: 0, departed: 0, failed: 0 }
    },
    state: 'held',
    after: (guild) => guild.tellTheTruth(),
  },
]
