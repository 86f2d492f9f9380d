/**
 * When the readings of a device were made (docs/metering-rules.md §2): trusted times that agree with the sequence are anchors,
 * every other reading is placed between its neighbouring anchors. One wrong clock reading drags nothing with it.
 */
import { SECOND_MS, type Reading } from '../../core/index.ts'
import type { DeviceFacts } from './device-facts.ts'
import { runThatBeginsAt, solveRuns, type RunSolution } from './heaviest-run.ts'
import type { StoredReading } from './stored-reading.ts'
import { isTurnOver } from './turns.ts'

/** How far a device's clock may be off, in milliseconds. */
export const CLOCK_SKEW_MS = 120_000

export type TimedReading = {
  readonly stored: StoredReading
  readonly at: number
  readonly isPlaced: boolean
  /** A placed reading that has a time of its own which might be trusted. */
  readonly isCandidate?: boolean
}

/** Where judging begins: the commissioning, or a reading that is certain to be an anchor. */
export type TimeOrigin = {
  readonly at: number
  /** Undefined at the commissioning. */
  readonly anchor: { readonly epoch: number; readonly seq: number } | undefined
  /** How many readings before it had a time that lost to others. */
  readonly lostTimes: number
}

/** The time that a reading claims and that may be trusted, before it is compared with others. */
export function candidateTime(stored: StoredReading, facts: DeviceFacts): number | undefined {
  const pinnedAt = facts.pinOf(stored)?.placedAt
  if (pinnedAt !== undefined) return pinnedAt
  const { reading, receivedAt } = stored
  const at = ownTime(reading, receivedAt)
  if (at === undefined || at < facts.commissionedAt || at > receivedAt + CLOCK_SKEW_MS) return undefined
  return at
}

/** What a reading says of its time, if its clock is synchronised or it knows its age. */
export function ownTime({ time }: Reading, receivedAt: number): number | undefined {
  if (time.kind === 'age') return receivedAt - time.ageS * SECOND_MS
  return time.kind === 'device_time' && time.isSynced ? time.at : undefined
}

/**
 * The times of readings that follow `origin` in sequence, or undefined when `origin` may not be an anchor after all:
 * then judging has to begin earlier. `certainUntil` is the place of the first reading that was held, placed or
 * not there when the others were judged.
 */
export function* placeReadings(
  readings: readonly StoredReading[],
  origin: TimeOrigin,
  certainUntil: number,
  facts: DeviceFacts,
): Generator<void, TimedReading[] | undefined> {
  const candidates: { readonly index: number; readonly at: number; readonly isPinned: boolean }[] = []
  for (const [index, stored] of readings.entries()) {
    if (isTurnOver(index)) yield
    const at = candidateTime(stored, facts)
    if (at !== undefined) candidates.push({ index, at, isPinned: facts.pinOf(stored) !== undefined })
  }
  const pinnedWeight = candidates.length + 2
  const hasOrigin = origin.anchor !== undefined
  const shift = hasOrigin ? 1 : 0
  const timeOf = (place: number) => (place < shift ? origin.at : (candidates[place - shift]?.at ?? 0))
  const solution = yield* solveRuns({
    count: candidates.length + shift,
    weight: (place) => (place >= shift && candidates[place - shift]?.isPinned === true ? pinnedWeight : 1),
    hasEdge: (earlier, later) => timeOf(later) >= timeOf(earlier),
    enters: timeOf,
    leastFollower: timeOf,
    lead: () => 0,
    leadLimit: () => 0,
  })
  const uncertainPlace = candidates.filter(({ index }) => index < certainUntil).length + shift
  if (hasOrigin && !isOriginCertain(solution, uncertainPlace, origin.lostTimes)) return undefined
  /** By a reading's place; NaN for those that are no anchors. */
  const anchorAt = new Float64Array(readings.length).fill(NaN)
  const run = runThatBeginsAt(solution, hasOrigin ? 0 : heaviestStart(solution))
  for (const place of run) {
    const candidate = candidates[place - shift]
    if (candidate !== undefined) anchorAt[candidate.index] = candidate.at
  }
  return yield* placeBetween(readings, origin, anchorAt, facts)
}

/**
 * Whether the heaviest run passes the origin. One that passes it by and comes back to an element that was on the old run
 * can as well take the old run up to there, which is the heaviest to it. So only a run that never does could win: before the
 * origin it outweighs the old run by at most what was off it there (`lostBefore`), and after it it has only elements that were
 * off the old run or are new.
 */
export function isOriginCertain(
  { heaviest }: RunSolution,
  uncertainPlace: number,
  lostBefore: number,
): boolean {
  const afterOrigin = (heaviest[0] ?? 0) - 1
  if (lostBefore > 0 && lostBefore >= afterOrigin) return false
  for (let place = uncertainPlace; place < heaviest.length; place += 1) {
    const aside = (heaviest[place] ?? 0) + lostBefore
    if (lostBefore === 0 ? aside > afterOrigin : aside >= afterOrigin) return false
  }
  return true
}

export function heaviestStart({ heaviest }: RunSolution): number {
  let start = heaviest.length === 0 ? -1 : 0
  for (let place = 1; place < heaviest.length; place += 1) {
    if ((heaviest[place] ?? 0) > (heaviest[start] ?? 0)) start = place
  }
  return start
}

function* placeBetween(
  readings: readonly StoredReading[],
  origin: TimeOrigin,
  anchorAt: Float64Array,
  facts: DeviceFacts,
): Generator<void, TimedReading[]> {
  const timed: TimedReading[] = []
  let left = { at: origin.at, place: 0 }
  let waiting: { readonly stored: StoredReading; readonly place: number }[] = []
  let place = 0
  let before: { readonly epoch: number; readonly seq: number } | undefined = origin.anchor

  function placeWaiting(right: { readonly at: number; readonly place: number }): void {
    let cap = Infinity
    const times: number[] = []
    for (const { stored, place: own } of waiting.toReversed()) {
      cap = Math.min(cap, stored.receivedAt)
      const share = (BigInt(right.at - left.at) * BigInt(own - left.place)) / BigInt(right.place - left.place)
      times.push(Math.max(left.at, Math.min(left.at + Number(share), cap)))
    }
    for (const [index, { stored }] of waiting.entries()) {
      const isCandidate = candidateTime(stored, facts) !== undefined
      timed.push({ stored, at: times[waiting.length - 1 - index] ?? left.at, isPlaced: true, isCandidate })
    }
    waiting = []
  }

  for (const [index, stored] of readings.entries()) {
    if (isTurnOver(index)) yield
    place += before?.epoch === stored.epoch ? stored.seq - before.seq : 1
    before = stored
    const at = anchorAt[index] ?? NaN
    if (Number.isNaN(at)) {
      waiting.push({ stored, place })
      continue
    }
    placeWaiting({ at, place })
    // A pinned reading that had been placed stays marked: the pin fixes its time, not that it was known.
    timed.push({ stored, at, isPlaced: facts.pinOf(stored)?.placedAt !== undefined })
    left = { at, place }
  }
  const last = waiting.at(-1)
  if (last !== undefined) placeWaiting({ at: Math.max(last.stored.receivedAt, left.at), place: last.place })
  return timed
}
