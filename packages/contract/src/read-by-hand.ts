import type { z } from 'zod'
import { MemberPage, PatchMembersRequest, PatchMembersResponse } from './member.js'
import { readMemberPage, readPatchMembersRequest, readPatchMembersResponse } from './read-members.js'

const READERS: ReadonlyMap<z.ZodType, (bytes: Uint8Array) => unknown> = new Map<
  z.ZodType,
  (bytes: Uint8Array) => unknown
>([
  [MemberPage, readMemberPage],
  [PatchMembersRequest, readPatchMembersRequest],
  [PatchMembersResponse, readPatchMembersResponse],
])

/**
 * The JSON of a page or a chunk, as its schema reads it, and quicker.
 *
 * @param bytes - in UTF-8; what is not UTF-8 is read as U+FFFD
 * @returns undefined where something is not plainly right, or is nothing that is read by hand: a parser of all JSON and the
 * schema are to decide, and to say what is wrong
 */
export const readByHand = <S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> | undefined =>
  READERS.get(schema)?.(bytes) as z.output<S> | undefined
