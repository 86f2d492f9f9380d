/**
 * The plain model, part one: which readings stand, when they were read, and which decisions and pins concern them
 * (docs/metering-rules.md §1, §2). Slow and literal on purpose; nothing is kept from one call to the next.
 */
import { createHash } from 'node:crypto'
import { canonicalContent } from '../../core/index.ts'
import type { WithdrawableDecision } from '../metering-types.ts'
import type {
  CoveredReading,
  KnownFacts,
  ModelHold,
  StoredContent,
  TimedReading,
} from './plain-model-types.ts'

export const SKEW = 120_000
const MAX_SEQ_JUMP = 1_000_000
const MAX_EPOCH_JUMP = 1_000

/** Release, reject or replace: a decision about something that a device sent. */
export type JudgingDecision = Extract<WithdrawableDecision, { epoch: number }>

/** Whether a decision concerns the content as a whole (`register` undefined) or its values of one register. */
export function concerns(
  decision: WithdrawableDecision,
  { content, reading }: StoredContent,
  register: string | undefined,
): decision is JudgingDecision {
  if (decision.kind === 'exchange' || decision.kind === 'hand_over') return false
  if (decision.epoch !== reading.epoch || decision.seq !== reading.seq) return false
  if (decision.register !== register) return false
  return !('readingId' in decision) || decision.readingId === undefined || decision.readingId === content
}

/** The newest decision that concerns a content as a whole or in one register. */
export function findNewestDecision(
  known: KnownFacts,
  stored: StoredContent,
  register: string | undefined,
): JudgingDecision | undefined {
  return known.decisions.filter((decision) => concerns(decision, stored, register)).at(-1)
}

/** What the newest pin that covers a content kept of it. */
export function findNewestCover(known: KnownFacts, stored: StoredContent): CoveredReading | undefined {
  return known.pins
    .flatMap((pin) => pin.covered)
    .filter((covered) => covered.content === stored.content)
    .at(-1)
}

/**
 * The heaviest path through items 0, 1, 2, … of which each may follow the one before it; of several equally heavy ones
 * the one with the lexicographically smallest places. All pairs are looked at.
 */
export function findHeaviestPath(
  weights: readonly number[],
  mayFollow: (from: number, to: number) => boolean,
): number[] {
  /** The weight of the heaviest path that begins at each item. */
  const heaviest: number[] = weights.map(() => 0)
  const nextPlaces = (from: number) =>
    weights.map((_, place) => place).filter((place) => place > from && mayFollow(from, place))
  for (const [back, weight] of weights.toReversed().entries()) {
    const place = weights.length - 1 - back
    heaviest[place] = weight + Math.max(0, ...nextPlaces(place).map((next) => heaviest[next] ?? 0))
  }
  const path: number[] = []
  let wanted = Math.max(0, ...heaviest)
  let choices = weights.map((_, place) => place)
  while (wanted > 0) {
    const place = choices.find((choice) => heaviest[choice] === wanted)
    if (place === undefined) throw new Error('the heaviest path lost its way')
    path.push(place)
    wanted -= weights[place] ?? 0
    choices = nextPlaces(place)
  }
  return path
}

/** The readings that count, in order, and the holds of those that do not. */
export function findSequence(known: KnownFacts): { sequence: StoredContent[]; holds: ModelHold[] } {
  const sequence: StoredContent[] = []
  const holds: ModelHold[] = []
  const candidates = known.contents
    .filter((stored) => findNewestDecision(known, stored, undefined)?.kind !== 'reject')
    .toSorted((a, b) => a.reading.epoch - b.reading.epoch || a.reading.seq - b.reading.seq)
  for (const stored of candidates) {
    const rivals = candidates.filter((other) => hasSameIdentity(other, stored))
    const previous = sequence.at(-1)
    if (stored !== findStanding(known, rivals)) {
      holds.push(holdWhole(stored, 'content_conflict'))
    } else if (
      previous !== undefined &&
      isJump(previous, stored) &&
      findNewestDecision(known, stored, undefined)?.kind !== 'release' &&
      findNewestCover(known, stored) === undefined
    ) {
      holds.push(holdWhole(stored, 'sequence_jump'))
    } else {
      sequence.push(stored)
    }
  }
  return { sequence, holds }
}

export function holdWhole(stored: StoredContent, code: string): ModelHold {
  const { epoch, seq } = stored.reading
  return { epoch, seq, register: undefined, code, content: stored.content }
}

function hasSameIdentity(a: StoredContent, b: StoredContent): boolean {
  return a.reading.epoch === b.reading.epoch && a.reading.seq === b.reading.seq
}

function isJump({ reading: before }: StoredContent, { reading: after }: StoredContent): boolean {
  if (after.epoch === before.epoch) return after.seq > before.seq + MAX_SEQ_JUMP
  return after.epoch > before.epoch + MAX_EPOCH_JUMP
}

/** Of several contents of one identity, none of them rejected, the one that stands. */
function findStanding(known: KnownFacts, rivals: readonly StoredContent[]): StoredContent | undefined {
  const releases = rivals.flatMap((rival) => {
    const newest = findNewestDecision(known, rival, undefined)
    return newest?.kind === 'release' && newest.readingId === rival.content
      ? [{ rival, moment: known.decisions.lastIndexOf(newest) }]
      : []
  })
  const released = releases.toSorted((a, b) => a.moment - b.moment).at(-1)?.rival
  if (released !== undefined) return released

  const pinned = known.pins
    .flatMap((pin) => rivals.filter(({ content }) => pin.covered.some((cover) => cover.content === content)))
    .at(-1)
  if (pinned !== undefined) return pinned

  return rivals
    .map((rival) => ({ rival, digest: digestOf(rival) }))
    .toSorted((a, b) => a.rival.receivedAt - b.rival.receivedAt || (a.digest < b.digest ? -1 : 1))
    .at(0)?.rival
}

function digestOf({ reading }: StoredContent): string {
  return createHash('sha256').update(canonicalContent(reading)).digest('hex')
}

/** The sequence with a time for each reading: its own, that of a pin, or one between its neighbours. */
export function placeReadings(known: KnownFacts, sequence: readonly StoredContent[]): TimedReading[] {
  const candidates = sequence.flatMap((stored, index) => {
    const covered = findNewestCover(known, stored)
    const at = covered?.at ?? findOwnTime(known, stored)
    return at === undefined
      ? []
      : [{ index, at, isPinned: covered !== undefined, isPlaced: covered?.isPlaced ?? false }]
  })
  const run = findHeaviestPath(
    candidates.map(({ isPinned }) => (isPinned ? sequence.length + 1 : 1)),
    (from, to) => (candidates[from]?.at ?? 0) <= (candidates[to]?.at ?? 0),
  )
  const anchors = candidates.filter((_, place) => run.includes(place))

  const places = countPlaces(sequence)
  const timed = sequence.map((stored, index) => {
    const own = anchors.find((anchor) => anchor.index === index)
    if (own !== undefined) return { stored, at: own.at, isPlaced: own.isPlaced }
    const before = anchors.findLast((anchor) => anchor.index < index)
    const low = { at: before?.at ?? known.commissionedAt, place: before ? placeAt(places, before.index) : 0n }
    const after = anchors.find((anchor) => anchor.index > index)
    const last = sequence.length - 1
    const high = after ?? { index: last, at: Math.max(sequence[last]?.receivedAt ?? 0, low.at) }
    if (index === high.index) return { stored, at: high.at, isPlaced: true }
    const cap = Math.min(...sequence.slice(index, high.index).map(({ receivedAt }) => receivedAt))
    const share =
      (BigInt(high.at - low.at) * (placeAt(places, index) - low.place)) /
      (placeAt(places, high.index) - low.place)
    return { stored, at: Math.max(low.at, Math.min(low.at + Number(share), cap)), isPlaced: true }
  })
  return timed.map((reading, index) => {
    const readBefore = timed[index - 1]?.at ?? known.commissionedAt
    return { ...reading, readBefore: findNewestCover(known, reading.stored)?.readBefore ?? readBefore }
  })
}

/** The time that a reading itself gives, if it can be trusted. */
function findOwnTime(
  { commissionedAt }: KnownFacts,
  { reading: { time }, receivedAt }: StoredContent,
): number | undefined {
  if (time.kind === 'device_time') {
    const isTrusted = time.isSynced && commissionedAt <= time.at && time.at <= receivedAt + SKEW
    return isTrusted ? time.at : undefined
  }
  if (time.kind === 'none') return undefined
  const at = receivedAt - 1_000 * time.ageS
  return at >= commissionedAt ? at : undefined
}

function countPlaces(sequence: readonly StoredContent[]): bigint[] {
  let place = 1n
  return sequence.map(({ reading }, index) => {
    const before = sequence[index - 1]?.reading
    if (before !== undefined) {
      place += before.epoch === reading.epoch ? BigInt(reading.seq) - BigInt(before.seq) : 1n
    }
    return place
  })
}

function placeAt(places: readonly bigint[], index: number): bigint {
  const place = places[index]
  if (place === undefined) throw new Error('no such place')
  return place
}
