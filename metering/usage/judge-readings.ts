/**
 * Judges the readings of a device from an origin on: which stand, when they were made, which of their values count.
 *
 * The origin is the commissioning, or a reading from which on nothing was held or placed, so that it is certain to be an
 * anchor and, for each register, its last value at or before it is certain to be on the chain. Whether it still is with the new readings is checked
 * on the way; if not, the answer is undefined and judging has to begin earlier. With the commissioning as origin there is always an
 * answer. So the result is that of judging everything, at the price of judging what follows the origin.
 *
 * Pure. Yields now and then, so that a long history can be judged in between other work.
 */
import type { RegisterPoint } from '../metering-types.ts'
import { acceptChain, listElements, type HeldElement } from './accepted-chain.ts'
import type { DeviceFacts } from './device-facts.ts'
import { compareIdentity, type Identity } from './identity.ts'
import { placeReadings, type TimedReading } from './reading-times.ts'
import { sequenceReadings } from './reading-sequence.ts'
import type { StoredReading } from './stored-reading.ts'

export type Origin = {
  readonly at: number
  /** Undefined: the commissioning. */
  readonly identity: Identity | undefined
  /** Per register its last accepted point at or before the origin. */
  readonly points: ReadonlyMap<string, RegisterPoint>
  /** How many readings before it had a time that lost to others. */
  readonly lostTimes: number
  /** Per register the weight of its elements before the origin that are off its chain. */
  readonly lostValues: ReadonlyMap<string, number>
}

export type Judgement = {
  /** Per register its accepted points after the origin's. */
  readonly points: ReadonlyMap<string, readonly RegisterPoint[]>
  readonly held: readonly HeldElement[]
  /** Decisions whose entered point does not count. */
  readonly unaccepted: readonly number[]
  /** Registers whose commissioning value does not count; known when judged from the commissioning. */
  readonly unacceptedBases: readonly string[]
  /** Every standing reading after the origin, in order. */
  readonly timed: readonly TimedReading[]
  readonly ahead: Identity | undefined
}

/**
 * `sorted`: every stored reading after the origin. `certainUntil`: the first one after the origin that was held, placed or
 * not there when the others were judged.
 */
export function* judgeReadings(
  sorted: readonly StoredReading[],
  origin: Origin,
  certainUntil: Identity,
  facts: DeviceFacts,
): Generator<void, Judgement | undefined> {
  const { standing, held: passedOver, ahead } = yield* sequenceReadings(sorted, origin.identity, facts)
  const timeOrigin = { at: origin.at, anchor: origin.identity, lostTimes: origin.lostTimes }
  const uncertainPlace = standing.findIndex((stored) => compareIdentity(stored, certainUntil) >= 0)
  const timed = yield* placeReadings(
    standing,
    timeOrigin,
    uncertainPlace === -1 ? standing.length : uncertainPlace,
    facts,
  )
  if (timed === undefined) return undefined
  const held = [...passedOver]
  const unaccepted: number[] = []
  const unacceptedBases: string[] = []
  const points = new Map<string, readonly RegisterPoint[]>()
  for (const register of facts.definitions.keys()) {
    const elements = yield* listElements(register, timed, timeOrigin, facts)
    // A pinned exchange may lie before a late reading that precedes it in sequence.
    if (origin.identity !== undefined && elements.some(({ at }) => at < origin.at)) return undefined
    const chain = yield* acceptChain(
      register,
      elements,
      origin.points.get(register),
      origin.lostValues.get(register) ?? 0,
      ({ stored }) => stored === undefined || compareIdentity(stored, certainUntil) >= 0,
    )
    if (chain === undefined) return undefined
    points.set(register, chain.points)
    for (const each of chain.held) held.push(each)
    unaccepted.push(...chain.unaccepted)
    if (!chain.isBaseAccepted) unacceptedBases.push(register)
  }
  return { points, held, unaccepted, unacceptedBases, timed, ahead }
}

/** Where there is always an answer. */
export function commissioningOrigin(commissionedAt: number): Origin {
  return { at: commissionedAt, identity: undefined, points: new Map(), lostTimes: 0, lostValues: new Map() }
}
