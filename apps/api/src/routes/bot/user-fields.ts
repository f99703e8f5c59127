import { MAX_ROLES_PER_MEMBER } from '@rollcall/contract'
import { readBoolean } from './fields/read-boolean.js'
import { readInteger, readNumber } from './fields/read-integer.js'
import { readList } from './fields/read-list.js'
import type { ObjectReading } from './fields/read-object.js'
import { readText } from './fields/read-text.js'

/** A user's fields in the order of the contract. */
export const USER_FIELDS = {
  id: readInteger({ min: 0n }),
  name: readText({ maxLength: 32 }),
  display_name: readText({ maxLength: 32, blank: true }),
  discriminator: readNumber({ min: 0n, max: 9_999n }),
  roles: readList(readInteger({ min: 0n }), { maxLength: MAX_ROLES_PER_MEMBER }),
  in_guild: readBoolean,
}

/** What a user that is created or replaced must have. */
export const REQUIRED_USER_FIELDS = ['id', 'name', 'discriminator'] as const

export type UserReading = ObjectReading<typeof USER_FIELDS>
export type UserValues = UserReading['values']
