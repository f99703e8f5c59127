import type { Stamp } from '@rollcall/contract'
import type { Ack } from './acks.js'
import { bytesOf, type LiveEvent } from './event.js'
import {
  covers,
  join,
  joinAck,
  type MarkStep,
  type MemberItem,
  merge,
  type Pending,
  pendingsOf,
  type Step,
  stepOf,
} from './step.js'

/** When an event came, and what its confirmation is waited for by. */
export interface Receipt {
  readonly stamp: Stamp
  readonly receivedAtMs: number
  readonly acks: readonly Ack[]
}

/**
 * What waits to be sent of one guild: steps in the order of their events. Events about the same thing are merged where that
 * changes nothing: what is stored in the end is what the events one by one would have left, by stamps.
 */
export class Lane {
  readonly #steps: Step[] = []
  items = 0
  bytes = 0
  /** A step of it is on its way. */
  isBusy = false
  #overflow: MarkStep | undefined

  constructor(
    readonly guildId: string,
    readonly shardId: number,
  ) {}

  get head(): Step | undefined {
    return this.#steps[0]
  }

  /** Its events were dropped and the mark that says so has not been sent: what comes meanwhile is dropped, too. */
  get isOverflowed(): boolean {
    return this.#overflow !== undefined
  }

  /** @returns whether the event took no place of its own */
  add(event: LiveEvent, receipt: Receipt): 'queued' | 'coalesced' | 'dropped' {
    const pending: Pending = { ...receipt, acks: [...receipt.acks], bytes: bytesOf(event) }
    if (this.#overflow !== undefined && event.kind !== 'mark') {
      join(this.#overflow, pending)
      return 'dropped'
    }
    const isNew = event.kind === 'member' ? this.#addMember(event, pending) : this.#addStep(event, pending)
    if (isNew) {
      this.items += 1
      this.bytes += pending.bytes
    }
    return isNew ? 'queued' : 'coalesced'
  }

  /** Takes the first step out; of members at most `maxItems`, in their order. */
  take(maxItems: number): Step {
    const head = this.#steps[0]
    if (head === undefined) throw new Error(`Nothing waits of guild ${this.guildId}`)
    if (head.kind !== 'members') {
      this.#steps.shift()
      if (head === this.#overflow) this.#overflow = undefined
      this.#release(head)
      return head
    }
    const taken = new Map<string, MemberItem>()
    for (const [id, item] of head.items) {
      if (taken.size === maxItems) break
      taken.set(id, item)
      head.items.delete(id)
      this.#release(item)
    }
    if (head.items.size === 0) this.#steps.shift()
    return { kind: 'members', items: taken }
  }

  /** Drops what waits, but for what was known of the guild's presence, and leaves a mark that the guild is dirty. */
  overflow(receipt: Receipt): void {
    const mark: MarkStep = { ...receipt, acks: [], bytes: 300, kind: 'mark', presence: undefined, dirty: undefined }
    for (const step of this.#steps) {
      for (const { acks } of pendingsOf(step)) for (const ack of acks) joinAck(mark.acks, ack)
      if (step.kind !== 'mark') continue
      mark.presence = step.presence ?? mark.presence
      mark.dirty ??= step.dirty
    }
    mark.dirty ??= 'overflow'
    this.#steps.length = 0
    this.#steps.push(mark)
    this.items = 1
    this.bytes = mark.bytes
    this.#overflow = mark
  }

  /** Forgets what waits, without confirming it. */
  clear(): void {
    this.#steps.length = 0
    this.items = 0
    this.bytes = 0
    this.#overflow = undefined
  }

  #release({ bytes }: Pending): void {
    this.items -= 1
    this.bytes -= bytes
  }

  /**
   * What is said of one member does not concern another, so a run of member steps is searched for the last one that has
   * the member: it is merged there if it may be, and goes into the next step otherwise, or into the first if none has it.
   */
  #addMember({ id, fields }: Extract<LiveEvent, { kind: 'member' }>, pending: Pending): boolean {
    let at = this.#steps.length
    while (at > 0) {
      const step = this.#steps[at - 1]
      if (step?.kind !== 'members') break
      const known = step.items.get(id)
      if (known !== undefined) {
        if (!covers(fields, known.fields)) break
        known.fields = fields
        join(known, pending)
        return false
      }
      at -= 1
    }
    const step = this.#steps[at]
    const item = { ...pending, id, fields }
    if (step?.kind === 'members') step.items.set(id, item)
    else this.#steps.splice(at, 0, { kind: 'members', items: new Map([[id, item]]) })
    return true
  }

  #addStep(event: Exclude<LiveEvent, { kind: 'member' }>, pending: Pending): boolean {
    // A mark depends on nothing before it: it joins the one that waits, wherever that is.
    const before = event.kind === 'mark' ? this.#steps.find((it) => it.kind === 'mark') : this.#steps.at(-1)
    const step = stepOf(event, pending)
    if (before !== undefined && before.kind !== 'members' && merge(before, step)) return false
    this.#steps.push(step)
    return true
  }
}
