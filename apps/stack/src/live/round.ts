import { setTimeout as sleep } from 'node:timers/promises'
import { cardAt } from '../rig/deck.js'
import { Random } from '../rig/random.js'
import type { Strike } from '../rig/tally.js'
import type { CountHits, StrikeAt } from '../rig/wire-faults.js'
import { GuildEditor } from './guild-editor.js'
import { judgeMirrors, judgeResumes, readLedger } from './judge.js'
import { FAULTS, type LiveTarget } from './live-faults.js'
import type { LiveSystem } from './live-system.js'
import { untilQuiet } from './quiet.js'
import { ReconcileOfAll } from './reconcile-of-all.js'

export type FollowScenario = keyof typeof FAULTS

const FAULTS_PER_ROUND = 5
/** Restarts included. */
const STRIKE_LIMIT_MS = 120_000
const EDITING_LIMIT_MS = 300_000
/** Edits in a row, and then a pause, as people make them. */
const EDITS_IN_A_ROW = 10
const MAX_PAUSE_MS = 60
/** So many seconds are enough for what was changed last to meet the reconciles. */
const LAST_EDITS_SHARE = 0.1

export interface RoundOptions {
  readonly seed: number
  readonly edits: number
  readonly scenario: FollowScenario
  /** The faults that may be drawn, by name. */
  readonly kinds: readonly string[]
}

export interface Round {
  readonly seed: number
  readonly edits: number
  readonly strikes: readonly Strike[]
  readonly notes: readonly string[]
  /** What was not as it must be, in sentences. */
  readonly violations: readonly string[]
}

interface Planned {
  readonly name: string
  /** How much of the edits goes before it, 0 to 1. */
  readonly atShare: number
  readonly strike: StrikeAt<LiveTarget>
}

/** Guilds change while faults strike; then the faults are over, everything becomes quiet, and every mirror is its guild. */
export async function playRound(system: LiveSystem, options: RoundOptions): Promise<Round> {
  const { seed, scenario } = options
  const { steps } = system
  system.sayings.forget()
  system.struck = []
  const before = await steps.take('read the ledger', () => readLedger(system))
  const editor = new GuildEditor(system.gateway, new Random(seed))
  const beside = scenario === 'interleaved' ? new ReconcileOfAll(system) : undefined
  const strikes = await steps.take('edit', () => edit(system, editor, options, beside), EDITING_LIMIT_MS)
  await steps.take('mend the gateway', () => system.gateway.mend())
  await untilQuiet(system, { isMending: scenario !== 'resumable' })
  const violations = await steps.take('compare the mirrors', () => judgeMirrors(system))
  if (scenario === 'resumable') violations.push(...(await judgeResumes(system, before)))
  const notes = beside === undefined ? [] : await beside.judge(violations)
  return { seed, edits: editor.edits, strikes, notes, violations }
}

async function edit(
  system: LiveSystem,
  editor: GuildEditor,
  { seed, edits, scenario, kinds }: RoundOptions,
  beside: ReconcileOfAll | undefined,
): Promise<Strike[]> {
  const random = new Random(seed + 1)
  const waiting = plan(seed, scenario, kinds)
  const underWay: Promise<{ name: string; count: CountHits }>[] = []
  let isStriking = false
  const isCalm = () => waiting.length === 0 && !isStriking && (beside?.isOver ?? true)
  const isOver = () => system.deaths.length > 0 || (editor.edits >= edits && isCalm())
  for (let done = 0; !isOver(); done++) {
    await editor.edit(system.guildIds)
    const share = editor.edits / edits
    if (beside !== undefined && share > LAST_EDITS_SHARE) beside.begin()
    // One after the other: what the one breaks the next must find mended, or sessions could not be resumed.
    if (!isStriking && waiting[0] !== undefined && waiting[0].atShare <= share) {
      isStriking = true
      const begun = begin(system, waiting.shift() as Planned)
      void begun
        .finally(() => {
          isStriking = false
        })
        .catch(() => {})
      underWay.push(begun)
    }
    if (done % EDITS_IN_A_ROW === 0) await sleep(random.integer(0, MAX_PAUSE_MS))
  }
  const strikes: Strike[] = []
  for (const { name, count } of await Promise.all(underWay)) strikes.push({ name, hits: await count() })
  return strikes
}

async function begin(system: LiveSystem, { name, strike }: Planned): Promise<{ name: string; count: CountHits }> {
  system.struck.push(name)
  const count = await system.steps.take(`fault ${name}`, () => strike({ system }), STRIKE_LIMIT_MS)
  return { name, count }
}

function plan(seed: number, scenario: FollowScenario, kinds: readonly string[]): Planned[] {
  const random = new Random(seed)
  const planned = Array.from({ length: FAULTS_PER_ROUND }, (_, card) => {
    const name = cardAt(seed * FAULTS_PER_ROUND + card, kinds)
    const kind = FAULTS[scenario][name]
    if (kind === undefined) throw new Error(`There is no fault named ${name}`)
    return { name, atShare: 0.05 + 0.85 * random.share(), strike: kind(random) }
  })
  return planned.sort((a, b) => a.atShare - b.atShare)
}
