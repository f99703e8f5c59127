import {
  type GuildItemResult,
  type LiveClient,
  MAX_GUILDS_PER_REQUEST,
  MAX_MEMBERS_PER_REQUEST,
  MAX_SYNC_STATES_PER_REQUEST,
  type RollcallClient,
} from '@rollcall/contract'
import type { RoleFields } from '../core/event.js'
import type { LiveQueue, Work } from '../core/live-queue.js'
import type {
  GuildStep,
  MarkStep,
  MemberItem,
  MembersStep,
  Pending,
  RoleDeletionStep,
  RoleStep,
  SingleStep,
  StepKind,
} from '../core/step.js'
import { type Entry, type Settled, sendHalving, stored } from './settled.js'

/** What events are sent to. */
export interface LiveApi {
  readonly live: Pick<LiveClient, 'patchGuildMembers' | 'putGuilds' | 'markSyncStates'>
  readonly guilds: Pick<RollcallClient, 'putRole' | 'deleteRole'>
}

/** Half of what a bulk request may have: sizes in the queue are estimates. */
const MAX_BYTES = 1_048_576

/** What one request holds of each kind, and how it is sent. Marks first: they are what makes up for what was lost. */
const SENDERS: {
  [K in StepKind]: { max: number; send: (api: LiveApi, works: readonly Work[]) => Promise<Settled[]> }
} = {
  mark: { max: MAX_SYNC_STATES_PER_REQUEST, send: (api, works) => sendMarks(api, entriesOf<MarkStep>(works)) },
  guild: { max: MAX_GUILDS_PER_REQUEST, send: (api, works) => sendGuilds(api, entriesOf<GuildStep>(works)) },
  role: { max: 1, send: (api, works) => sendRole(api, entriesOf<RoleStep>(works)) },
  role_deletion: { max: 1, send: (api, works) => sendRoleDeletion(api, entriesOf<RoleDeletionStep>(works)) },
  members: { max: MAX_MEMBERS_PER_REQUEST, send: (api, works) => sendMembers(api, membersOf(works)) },
}
const KINDS = Object.keys(SENDERS) as StepKind[]

/** One request's worth, taken out of the queue. */
export interface Parcel {
  readonly kind: StepKind
  readonly works: readonly Work[]
  /** @throws the signal's reason, which the client was made with; nothing else */
  send(api: LiveApi): Promise<Settled[]>
}

export function takeParcel(queue: LiveQueue): Parcel | undefined {
  for (const kind of KINDS) {
    const works = queue.take(kind, SENDERS[kind].max, MAX_BYTES)
    if (works.length > 0) return { kind, works, send: (api) => SENDERS[kind].send(api, works) }
  }
  return undefined
}

const entriesOf = <S extends SingleStep>(works: readonly Work[]): Entry<S>[] =>
  works.map(({ guildId, shardId, step }) => ({ guildId, shardId, item: step as S }))

const membersOf = (works: readonly Work[]): Entry<MemberItem>[] =>
  works.flatMap(({ guildId, shardId, step }) =>
    [...(step as MembersStep).items.values()].map((item) => ({ guildId, shardId, item })),
  )

const sendMembers = ({ live }: LiveApi, all: Entry<MemberItem>[]) =>
  sendHalving(all, async (entries) => {
    const { results } = await live.patchGuildMembers(entries.map(encodeMember))
    return entries.map((entry, index) => ({ entry, outcome: outcomeOf(entry.item, results[index]) }))
  })

export const encodeMember = ({ guildId, item: { id, fields, stamp } }: Entry<MemberItem>): string =>
  JSON.stringify({ guild_id: guildId, id, ...fields, observed_at: stamp })

function outcomeOf({ fields }: MemberItem, result: GuildItemResult | undefined): Settled['outcome'] {
  if (result === undefined) return 'rejected'
  if (result.verdict !== 'failed') return 'stored'
  if (result.error?.code !== 'unknown_member') return 'rejected'
  // Who has left and is not known may be on a page that a reconcile has read and not sent yet, which would bring them back.
  return fields.in_guild ? 'unknown_member' : 'rejected'
}

const sendGuilds = ({ live }: LiveApi, all: Entry<GuildStep>[]) =>
  sendHalving(all, async (entries) => {
    const guilds = entries.map(({ guildId, item: { name, stamp, roles } }) => ({
      id: BigInt(guildId),
      name,
      observed_at: stamp,
      roles: [...roles.values()].map((role) => ({ ...wireRole(role), id: BigInt(role.id) })),
    }))
    await live.putGuilds({ guilds })
    return stored(entries)
  })

const sendMarks = ({ live }: LiveApi, all: Entry<MarkStep>[]) =>
  sendHalving(all, async (entries) => {
    const marks = entries.map(({ guildId, item: { stamp, presence, dirty } }) => ({
      guild_id: BigInt(guildId),
      observed_at: stamp,
      ...(presence === undefined ? {} : { presence }),
      ...(dirty === undefined ? {} : { dirty }),
    }))
    await live.markSyncStates({ marks })
    return stored(entries)
  })

const sendRole = ({ guilds }: LiveApi, all: Entry<RoleStep>[]) =>
  eachAlone(all, ({ guildId, item: { role, stamp } }) =>
    guilds.putRole(BigInt(guildId), BigInt(role.id), { ...wireRole(role), observed_at: stamp }),
  )

const sendRoleDeletion = ({ guilds }: LiveApi, all: Entry<RoleDeletionStep>[]) =>
  eachAlone(all, ({ guildId, item: { id } }) => guilds.deleteRole(BigInt(guildId), BigInt(id)))

const eachAlone = <T extends Pending>(entries: Entry<T>[], send: (entry: Entry<T>) => Promise<unknown>) =>
  sendHalving(entries, async (some) => {
    for (const entry of some) await send(entry)
    return stored(some)
  })

const wireRole = ({ name, colour, permissions, position }: RoleFields) => ({
  name,
  colour,
  permissions: BigInt(permissions),
  position,
})
