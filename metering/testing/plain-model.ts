/**
 * A plain, slow model of how the readings of one device become usage: docs/metering-rules.md written down a second time,
 * independently of the implementation, which must agree with it for every history.
 *
 * Pure. Everything is derived anew, by looking at all pairs, from the list of what happened; no state is kept from one
 * reading to the next. Only a pin is evaluated at the moment when it happens: that is what it is for.
 */
import { canonicalContent, REGISTER_LIMIT, type UsageEvent } from '../../core/index.ts'
import type { WithdrawableDecision } from '../metering-types.ts'
import {
  findCoveredDecision,
  findDefinitions,
  findValueAt,
  isEstimatedAt,
  judgeRegister,
  listPoints,
  listRegisterHolds,
  type JudgedElement,
} from './plain-chain.ts'
import type {
  CoveredReading,
  KnownFacts,
  ModelHold,
  ModelPin,
  ModelPinnedSpan,
  ModelPoint,
  ModelRegistration,
  ModelSpan,
  ModelStep,
  StandingDecision,
  StoredContent,
  TimedReading,
} from './plain-model-types.ts'
import { concerns, findSequence, holdWhole, placeReadings } from './plain-sequence.ts'

export type ModelCounts = {
  readonly received: number
  readonly accepted: number
  readonly duplicate: number
  readonly held: number
  /** Readings refused at the door. */
  readonly rejected: number
}

export type PlainModel = {
  readonly counts: ModelCounts
  /** Indices of the decisions and pins that named something unknown and changed nothing. */
  readonly refusedSteps: readonly number[]
  /** Each stored content, in the order of its first arrival. */
  readonly contents: readonly (StoredContent & { readonly outcome: 'accepted' | 'held' })[]
  readonly sequence: readonly TimedReading[]
  readonly openHolds: readonly ModelHold[]
  /** The usage events that stand, by the content that brought them. */
  readonly events: readonly { readonly event: UsageEvent; readonly content: number }[]
  listPoints(register: string): readonly ModelPoint[]
  /** R(t). */
  findValueAt(register: string, at: number): bigint
  isEstimatedAt(register: string, at: number): boolean
  readonly pins: readonly ModelPin[]
  listDifferences(
    pin: ModelPin,
  ): readonly (ModelPinnedSpan & { readonly quantityNow: bigint; readonly difference: bigint })[]
}

/** What follows from everything that happened to one device, in time order. */
export function runPlainModel(registration: ModelRegistration, steps: readonly ModelStep[]): PlainModel {
  let known: KnownFacts = { ...registration, contents: [], decisions: [], pins: [] }
  let standing: readonly StandingDecision[] = []
  let [duplicate, rejected] = [0, 0]
  const refusedSteps: number[] = []
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'arrival') {
      if (namesUnknownRegister(known, step)) rejected += 1
      else if (known.contents.some((stored) => hasSameContent(stored, step))) duplicate += 1
      else known = { ...known, contents: [...known.contents, step] }
    } else if (step.kind === 'decision') {
      const changed = decide(known, standing, step)
      if (changed === undefined) refusedSteps.push(index)
      standing = changed ?? standing
      known = { ...known, decisions: standing.map(({ decision }) => decision) }
    } else if (step.kind === 'model_version') {
      known = { ...known, registers: step.registers }
    } else if (step.spans.some((span) => !hasRegister(known, span.register) || span.to < span.from)) {
      refusedSteps.push(index)
    } else if (known.pins.every(({ pinId }) => pinId !== step.pinId)) {
      known = { ...known, pins: [...known.pins, makePin(known, step.pinId, step.spans)] }
    }
  }
  return describe(known, { duplicate, rejected }, refusedSteps)
}

function describe(
  known: KnownFacts,
  { duplicate, rejected }: { duplicate: number; rejected: number },
  refusedSteps: readonly number[],
): PlainModel {
  const { sequence, timed, holds: wholeHolds } = judgeReadings(known)
  const judged = new Map(
    listRegisters(known).map((register) => [register, judgeRegister(known, timed, register)]),
  )
  const judge = (register: string) => judged.get(register) ?? []
  const { standing, holds: eventHolds } = judgeEvents(sequence)
  const valueHolds = listRegisters(known).flatMap((register) => listRegisterHolds(judge(register), register))
  const openHolds = [...wholeHolds, ...eventHolds, ...valueHolds].filter((hold) => isOpen(known, hold))
  const contents = known.contents.map((stored) => {
    const isHeld = openHolds.some((hold) => hold.content === stored.content)
    return { ...stored, outcome: isHeld ? ('held' as const) : ('accepted' as const) }
  })
  const held = contents.filter(({ outcome }) => outcome === 'held').length
  const accepted = contents.length - held
  return {
    counts: { received: accepted + held + duplicate + rejected, accepted, held, duplicate, rejected },
    refusedSteps,
    contents,
    sequence: timed,
    openHolds,
    events: standing,
    listPoints: (register) => listPoints(judge(register)),
    findValueAt: (register, at) => findValueAt(judge(register), at),
    isEstimatedAt: (register, at) => isEstimatedAt(judge(register), at),
    pins: known.pins,
    listDifferences: (pin) =>
      pin.spans.map((span) => {
        const judged = judge(span.register)
        const quantityNow = findValueAt(judged, span.to) - findValueAt(judged, span.from)
        return { ...span, quantityNow, difference: quantityNow - span.quantity }
      }),
  }
}

function judgeReadings(known: KnownFacts) {
  const { sequence, holds } = findSequence(known)
  return { sequence, holds, timed: placeReadings(known, sequence) }
}

// Decisions and what the door refuses

function hasSameContent(a: StoredContent, b: StoredContent): boolean {
  const [left, right] = [a.reading, b.reading]
  if (left.epoch !== right.epoch || left.seq !== right.seq) return false
  return canonicalContent(left) === canonicalContent(right)
}

function hasRegister(known: KnownFacts, register: string): boolean {
  return known.registers.some(({ name }) => name === register)
}

function namesUnknownRegister(known: KnownFacts, { reading }: StoredContent): boolean {
  return [...reading.registers, ...reading.exchanges].some(({ register }) => !hasRegister(known, register))
}

type DecisionStep = Extract<ModelStep, { kind: 'decision' }>

/** The decisions that stand from then on; undefined if this one is refused. */
function decide(
  known: KnownFacts,
  standing: readonly StandingDecision[],
  { decisionId, decision }: DecisionStep,
): readonly StandingDecision[] | undefined {
  if (decision.kind === 'withdraw') {
    const left = standing.filter((each) => each.decisionId !== decision.decisionId)
    return left.length === standing.length ? undefined : left
  }
  return isRefused(known, decision) ? undefined : [...standing, { decisionId, decision }]
}

/** Whether a decision names something unknown, so that it is refused and changes nothing (rules §3). */
function isRefused(known: KnownFacts, decision: WithdrawableDecision): boolean {
  if (decision.kind === 'exchange' || decision.kind === 'hand_over') {
    const values = decision.kind === 'exchange' ? [decision.final, decision.start] : [decision.value]
    const isKnown = hasRegister(known, decision.register) && decision.at >= known.commissionedAt
    return !isKnown || values.some(isNoValue)
  }
  if (decision.kind === 'replace' && isNoValue(decision.value)) return true
  const { register } = decision
  const named = known.contents.filter((stored) => concerns(decision, stored, register))
  return !named.some(({ reading }) => {
    if (register === undefined) return true
    const hasValue = reading.registers.some((shown) => shown.register === register)
    const hasExchange = reading.exchanges.some((exchange) => exchange.register === register)
    return hasValue || (decision.kind !== 'replace' && hasExchange)
  })
}

function isNoValue(value: bigint): boolean {
  return value < 0n || value >= REGISTER_LIMIT
}

/** A hold is open until a person decides about just that content and register, before or after it arose. */
function isOpen(known: KnownFacts, hold: ModelHold): boolean {
  const stored = known.contents.find(({ content }) => content === hold.content)
  return (
    stored !== undefined && !known.decisions.some((decision) => concerns(decision, stored, hold.register))
  )
}

function listRegisters({ registers, contents, baseValues, decisions }: KnownFacts): string[] {
  const carried = contents.flatMap(({ reading }) => [...reading.registers, ...reading.exchanges])
  const entered = decisions.flatMap(({ register }) => register ?? [])
  const names = [...registers.map(({ name }) => name), ...carried.map(({ register }) => register)]
  return [...new Set([...names, ...entered, ...Object.keys(baseValues)])]
}

// Usage events (§5)

function judgeEvents(sequence: readonly StoredContent[]) {
  const brought = sequence.flatMap((stored) =>
    stored.reading.events.map((event) => ({ stored, event, text: textOf(stored, event) })),
  )
  const standing = brought.filter(({ stored, event, text }) =>
    brought
      .filter((other) => other.event.id === event.id)
      .every((other) => compareEvents({ stored, text }, other) <= 0),
  )
  const contradicting = sequence.filter((stored) =>
    brought.some(
      ({ stored: by, event, text }) =>
        by === stored && standing.some((stands) => stands.event.id === event.id && stands.text !== text),
    ),
  )
  return {
    // The same content twice in one reading stands once.
    standing: standing
      .filter(({ event }, index) => standing.findIndex((first) => first.event.id === event.id) === index)
      .map(({ stored, event }) => ({ event, content: stored.content })),
    holds: contradicting.map((stored) => holdWhole(stored, 'event_conflict')),
  }
}

type BroughtEvent = { readonly stored: StoredContent; readonly text: string }

function compareEvents(a: BroughtEvent, b: BroughtEvent): number {
  const byReading =
    a.stored.receivedAt - b.stored.receivedAt ||
    a.stored.reading.epoch - b.stored.reading.epoch ||
    a.stored.reading.seq - b.stored.reading.seq
  if (byReading !== 0) return byReading
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}

/** Equal for events with equal content: the canonical text of a reading that carries nothing else. */
function textOf({ reading }: StoredContent, event: UsageEvent): string {
  return canonicalContent({
    ...reading,
    time: { kind: 'none' },
    registers: [],
    exchanges: [],
    events: [event],
  })
}

// Pins (§6)

function makePin(known: KnownFacts, pinId: string, spans: readonly ModelSpan[]): ModelPin {
  const { timed } = judgeReadings(known)
  const judged = new Map(
    listRegisters(known).map((register) => [register, judgeRegister(known, timed, register)]),
  )
  const accepted = [...judged.values()].flat().filter(({ isAccepted }) => isAccepted)
  const pinned = [...known.pins.flatMap((pin) => pin.spans), ...spans]
  const latest = Math.max(...pinned.map(({ to }) => to))
  const ends = pinned.map(({ register }) => findEnd(judged.get(register) ?? [], latest))
  const countOfReadings = Math.max(0, ...ends.map((end) => countCovered(timed, end)))
  const endsAt = Math.max(...ends.map((end) => end?.at ?? Infinity))
  return {
    pinId,
    covered: timed.slice(0, countOfReadings).map(({ stored, at, isPlaced, readBefore }): CoveredReading => {
      const keys = accepted.filter((element) => element.stored === stored).map(({ key }) => key)
      const registers = findDefinitions(known, stored)
      return { content: stored.content, at, isPlaced, readBefore, accepted: keys, registers }
    }),
    entered: accepted.flatMap(({ decision, at }) => {
      if (decision === undefined || at > endsAt) return []
      return [{ decision, registers: findCoveredDecision(known, decision)?.registers ?? known.registers }]
    }),
    commissioned: [...judged].flatMap(([register, elements]) =>
      elements.some(({ kind, isAccepted }) => kind === 'commissioning' && isAccepted) ? [register] : [],
    ),
    spans: spans.map((span) => {
      const startValue = findValueAt(judged.get(span.register) ?? [], span.from)
      const endValue = findValueAt(judged.get(span.register) ?? [], span.to)
      return { ...span, startValue, endValue, quantity: endValue - startValue }
    }),
  }
}

/** The first accepted point after an instant: how far a pin must cover. */
function findEnd(judged: readonly JudgedElement[], instant: number): JudgedElement | undefined {
  return judged.find(({ isAccepted, at }) => isAccepted && at > instant)
}

/** How many readings of the sequence lie up to that point, with the one that holds it; all if there is none. */
function countCovered(timed: readonly TimedReading[], end: JudgedElement | undefined): number {
  if (end === undefined) return timed.length
  if (end.kind === 'commissioning') return 0
  if (end.kind === 'entered') return timed.filter(({ at }) => at <= end.at).length
  return timed.findIndex(({ stored }) => stored === end.stored) + 1
}
