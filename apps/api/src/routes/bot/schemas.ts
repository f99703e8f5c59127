import { MAX_BOT_PAGE_SIZE, MAX_MEMBERS_PER_REQUEST, MAX_ROLES_PER_MEMBER } from '@rollcall/contract'
import { z } from 'zod'

/** A bare 64-bit integer. For the document only: what a body says is read by `fields/`. */
const Int64 = z.custom<bigint>().meta({ type: 'integer', format: 'int64', minimum: 0 })

const user = {
  id: Int64,
  name: z.string().min(1).max(32),
  display_name: z.string().max(32),
  discriminator: z.int().min(0).max(9_999),
  roles: z.array(Int64).max(MAX_ROLES_PER_MEMBER),
  in_guild: z.boolean(),
}

export const BotUser = z.object(user).meta({ id: 'BotUser' })
export const BotUserFields = z.object(user).partial().meta({ id: 'BotUserFields' })
export const NewBotUser = z
  .object({ ...BotUserFields.shape, id: Int64, name: user.name, discriminator: user.discriminator })
  .meta({ id: 'NewBotUser' })
export const NewBotUsers = z.union([NewBotUser, z.array(NewBotUser).max(MAX_MEMBERS_PER_REQUEST)])
export const BulkPatchUsers = z.array(BotUserFields.extend({ id: Int64 })).max(MAX_MEMBERS_PER_REQUEST)

const instant = z.iso.datetime()
export const BotUserWithAlts = z
  .object({
    ...user,
    alts: z.array(
      z.object({
        source: Int64,
        target: Int64,
        actor: Int64,
        context: z.string(),
        created_at: instant,
        updated_at: instant,
        alts: z.array(Int64),
      }),
    ),
  })
  .meta({ id: 'BotUserWithAlts' })

export const BotUserPage = z
  .object({
    count: z.int(),
    next_page_no: z.nullable(z.int()),
    previous_page_no: z.nullable(z.int()),
    results: z.array(BotUser).max(MAX_BOT_PAGE_SIZE),
  })
  .meta({ id: 'BotUserPage' })

export const BotUserQuery = z.object({
  page: z.string().optional().meta({ description: 'From 1, or `last`' }),
  page_size: z
    .string()
    .optional()
    .meta({ description: `2,500 unless given, at most ${MAX_BOT_PAGE_SIZE}` }),
  name: z.string().optional(),
  display_name: z.string().optional(),
  discriminator: z.string().optional(),
})

const role = {
  id: Int64,
  name: z.string().min(1).max(100),
  colour: z.int().min(0),
  permissions: Int64,
  position: z.int(),
}

export const BotRole = z.object(role).meta({ id: 'BotRole' })
export const BotRoleFields = z.object(role).partial().meta({ id: 'BotRoleFields' })

export const BotUserParams = z.object({ user_id: Int64 })
export const BotRoleParams = z.object({ role_id: Int64 })

const AltContext = z.string().min(1).max(1_900)
export const NewAlt = z.object({ target: Int64, actor: Int64, context: AltContext })
export const AltUpdate = z.object({ target: Int64, context: AltContext })
export const AltTarget = Int64

/** `{"detail": …}`, or the faults by field, or by item. */
export const BotFault = z
  .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
  .meta({ id: 'BotFault', description: '`{"detail": …}`, or what is wrong by field, or by item' })

/** The tag of the mount's operations, and the one way in. */
export const BOT = { tags: ['bot'], security: [{ token: [] }] } as const

/** What any route of the mount may answer besides its success. */
export const BOT_FAULTS = {
  400: BotFault,
  401: BotFault,
  403: BotFault,
  404: BotFault,
  413: BotFault,
  429: BotFault,
  503: BotFault,
}

/** Done, with nothing to say. */
export const NO_CONTENT = { ...BOT_FAULTS, 204: z.null().meta({ description: 'Done' }) }
