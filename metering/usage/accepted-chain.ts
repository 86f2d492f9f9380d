/**
 * Which values of one register count (docs/metering-rules.md §3): the heaviest chain of its elements in which every
 * step is one that the register can have made. What is off the chain is held one by one: a spike does not stop what
 * follows it, and an energy glitch does not stop run time.
 */
import { formatInstant, InvariantError, type Exchange, type Reading } from '../../core/index.ts'
import type { HoldCode } from '../errors.ts'
import type { RegisterDefinition, RegisterPoint } from '../metering-types.ts'
import type { DeviceFacts } from './device-facts.ts'
import { runThatBeginsAt, solveRuns } from './heaviest-run.ts'
import {
  CLOCK_SKEW_MS,
  heaviestStart,
  isOriginCertain,
  type TimedReading,
  type TimeOrigin,
} from './reading-times.ts'
import { advanceBetween, mostInTime, plausibleAdvance, type EdgeEnd } from './register-edges.ts'
import type { StoredReading } from './stored-reading.ts'
import { isTurnOver } from './turns.ts'

/** One thing that says what a register showed. */
export type Element = EdgeEnd & {
  readonly leaves: bigint
  readonly isPlaced: boolean
  /** It was accepted when the newest pin that covers it was made. */
  readonly isPinned: boolean
  /** Of what a person entered. */
  readonly decisionId?: number
  /** Absent for the commissioning value and what a person entered. */
  readonly stored: StoredReading | undefined
  /** Counts the exchanges of its reading; absent for a value. */
  readonly exchangeOrdinal?: number
}

export type HeldElement = {
  readonly stored: StoredReading
  readonly register: string | undefined
  readonly exchangeOrdinal?: number
  readonly code: HoldCode
  readonly detail: string
}

/**
 * The register's elements after `origin`: the commissioning value, the readings' values and exchanges, and what people
 * entered; by time, those of one time in sequence order, entered ones last.
 */
export function* listElements(
  register: string,
  timed: readonly TimedReading[],
  origin: TimeOrigin,
  facts: DeviceFacts,
): Generator<void, Element[]> {
  const definition = getDefinition(facts, register)
  const unread = { isPlaced: false, stored: undefined, isDecided: true }
  const elements: Element[] = []
  let before = origin.at
  let isInOrder = true
  for (const [index, reading] of timed.entries()) {
    if (isTurnOver(index)) yield
    for (const element of elementsOfReading(register, reading, before, facts)) {
      if (element.at < (elements.at(-1)?.at ?? -Infinity)) isInOrder = false
      elements.push(element)
    }
    before = reading.at
  }
  for (const { decisionId, at, enters, leaves } of facts.decisions.entered(register)) {
    // Entered at the origin's very time, it stands after the origin.
    if (origin.anchor !== undefined && at < origin.at) continue
    const pinned = facts.pinnedEntry(decisionId)?.get(register)
    const isPinned = pinned !== undefined
    elements.push({ ...unread, at, enters, leaves, decisionId, isPinned, definition: pinned ?? definition })
    isInOrder = false
  }
  // What readings say is in order of time already unless a pin fixed the time of an exchange.
  if (!isInOrder) {
    elements.sort((left, right) => left.at - right.at || Number(isEntered(left)) - Number(isEntered(right)))
  }
  const base = facts.baseValues.get(register)
  if (origin.anchor === undefined && base !== undefined) {
    const isPinned = facts.isBasePinned(register)
    const at = facts.commissionedAt
    elements.unshift({ ...unread, at, enters: base, leaves: base, isPinned, definition })
  }
  return elements
}

function isEntered({ decisionId }: Element): boolean {
  return decisionId !== undefined
}

/** What one reading says about a register: its exchanges, then its value. `beforeAt` is the time of the reading before. */
export function elementsOfReading(
  register: string,
  timed: TimedReading,
  beforeAt: number,
  facts: DeviceFacts,
): Element[] {
  const { stored, at, isPlaced } = timed
  const found = findValue(stored.reading, register)
  const exchanges = listExchanges(stored.reading, register)
  if (found === undefined && exchanges.length === 0) return []
  const about = facts.decisions.about(stored, register)
  if (about?.kind === 'reject') return []
  const pin = facts.pinOf(stored)
  const definition = (pin?.definitions ?? facts.definitions).get(register)
  if (definition === undefined) return []
  const elements: Element[] = []
  for (const [exchangeOrdinal, { at: exchangedAt, final, start }] of exchanges.entries()) {
    elements.push({
      at: Math.min(Math.max(exchangedAt, pin?.beforeAt ?? beforeAt), at),
      enters: final,
      leaves: start,
      definition,
      isDecided: about?.kind === 'release',
      isPinned: pin?.isAccepted(register, exchangeOrdinal) === true,
      isPlaced,
      stored,
      exchangeOrdinal,
    })
  }
  if (found === undefined) return elements
  const value = about?.kind === 'replace' ? about.value : found
  const isDecided = about !== undefined
  const isPinned = pin?.isAccepted(register) === true
  const last = { at, enters: value, leaves: value, definition, isDecided, isPinned, isPlaced, stored }
  return exchanges.length === 0 ? [last] : [...elements, last]
}

function findValue({ registers }: Reading, register: string): bigint | undefined {
  for (const each of registers) if (each.register === register) return each.value
  return undefined
}

export type Chain = {
  /** The accepted points after the origin's. */
  readonly points: readonly RegisterPoint[]
  readonly held: readonly HeldElement[]
  /** Decisions whose entered point contradicts what weighs more, and so does not count. */
  readonly unaccepted: readonly number[]
  /** False when there is a commissioning value that does not count. */
  readonly isBaseAccepted: boolean
}

/**
 * The accepted chain through `elements`; `seed` is the register's last accepted point at the origin,
 * `lostBefore` the weight of what was off the chain before it. Undefined when it is
 * not certain that the chain passes the seed: then judging has to begin earlier. `isUncertain` tells the elements that were
 * held, or not there, when the others were judged.
 */
export function* acceptChain(
  register: string,
  elements: readonly Element[],
  seed: RegisterPoint | undefined,
  lostBefore: number,
  isUncertain: (element: Element) => boolean,
): Generator<void, Chain | undefined> {
  // Nothing before the origin counted, but it was there: now it might.
  if (seed === undefined && lostBefore > 0) return undefined
  const { decidedCount, definitions, firstUncertain } = yield* surveyElements(elements, isUncertain)
  const decidedWeight = elements.length + 2
  const pinnedWeight = decidedWeight * (decidedCount + 2)
  const shift = seed === undefined ? 0 : 1
  const seedLeaves = seed === undefined ? 0n : (seed.shown ?? seed.value)
  const startOf = (place: number) => {
    const element = elements[place - shift]
    return place < shift || element === undefined ? { at: seed?.at ?? 0, leaves: seedLeaves } : element
  }
  const firstAt = startOf(0).at
  const leadAt = (at: number, { definition }: Element) => Number(mostInTime(definition, at - firstAt))
  const hasOneDefinition = definitions.size === 1
  const hasModulus = [...definitions].some(({ modulus }) => modulus !== undefined)
  const solution = yield* solveRuns({
    count: elements.length + shift,
    weight: (place) => {
      const element = elements[place - shift]
      if (element?.isPinned === true) return pinnedWeight
      return element?.isDecided === true ? decidedWeight : 1
    },
    hasEdge: (earlier, later) => {
      const end = elements[later - shift]
      return end !== undefined && plausibleAdvance(startOf(earlier), end) !== undefined
    },
    enters: (place) => Number(elements[place - shift]?.enters ?? seedLeaves),
    leastFollower: (place) => (hasModulus ? -Infinity : Number(startOf(place).leaves)),
    lead: (place) => {
      const element = elements[place - shift]
      if (element === undefined || element.isDecided || !hasOneDefinition) return -Infinity
      return Number(element.enters) - leadAt(element.at, element)
    },
    leadLimit: (place) => {
      const [any] = elements
      if (any === undefined) return Infinity
      const { at, leaves } = startOf(place)
      return Number(leaves) - leadAt(at, any) + Number(mostInTime(any.definition, 2 * CLOCK_SKEW_MS)) + 4
    },
  })
  // Also where nothing follows: what did before may have been rejected.
  if (seed !== undefined && !isOriginCertain(solution, firstUncertain + shift, lostBefore)) return undefined
  const run = runThatBeginsAt(solution, seed === undefined ? heaviestStart(solution) : 0)
  return yield* followRun(register, elements, seed, run)
}

type Survey = {
  readonly decidedCount: number
  readonly definitions: ReadonlySet<RegisterDefinition>
  /** The place after all elements if every one is certain. */
  readonly firstUncertain: number
}

function* surveyElements(
  elements: readonly Element[],
  isUncertain: (element: Element) => boolean,
): Generator<void, Survey> {
  const definitions = new Set<RegisterDefinition>()
  let last: RegisterDefinition | undefined
  let decidedCount = 0
  let firstUncertain = elements.length
  for (const [index, element] of elements.entries()) {
    if (isTurnOver(index)) yield
    if (element.isDecided) decidedCount += 1
    if (element.definition !== last) definitions.add(element.definition)
    last = element.definition
    if (firstUncertain === elements.length && isUncertain(element)) firstUncertain = index
  }
  return { decidedCount, definitions, firstUncertain }
}

/** `run` counts the seed, if there is one, as the first place. */
function* followRun(
  register: string,
  elements: readonly Element[],
  seed: RegisterPoint | undefined,
  run: readonly number[],
): Generator<void, Chain> {
  const points: RegisterPoint[] = []
  const held: HeldElement[] = []
  const unaccepted: number[] = []
  let isBaseAccepted = true
  let last = seed
  const shift = seed === undefined ? 0 : 1
  let nextOnRun = shift
  for (const [index, element] of elements.entries()) {
    if (isTurnOver(index)) yield
    if (run[nextOnRun] === index + shift) {
      last = nextPoint(last, element)
      points.push(last)
      nextOnRun += 1
    } else if (element.stored !== undefined) {
      const { stored, exchangeOrdinal } = element
      const hold = { stored, register, ...describeHold(register, last, element) }
      held.push(exchangeOrdinal === undefined ? hold : { ...hold, exchangeOrdinal })
    } else if (element.decisionId !== undefined) {
      unaccepted.push(element.decisionId)
    } else {
      isBaseAccepted = false
    }
  }
  return { points, held, unaccepted, isBaseAccepted }
}

/** The point that an accepted element makes after the one before it. */
export function nextPoint(before: RegisterPoint | undefined, element: Element): RegisterPoint {
  const { at, leaves, stored, isPlaced } = element
  const advance = before && advanceBetween({ leaves: before.shown ?? before.value }, element)
  if (before !== undefined && advance === undefined) throw new InvariantError('An accepted value falls.')
  const value = before === undefined ? leaves : before.value + (advance ?? 0n)
  const reading = stored && { id: stored.id, epoch: stored.epoch, seq: stored.seq }
  const point = { at, value, reading }
  if (leaves === value && !isPlaced) return point
  return { ...point, ...(leaves === value ? {} : { shown: leaves }), ...(isPlaced ? { isPlaced } : {}) }
}

/** Why an element does not follow `before`, the nearest accepted point before it. */
function describeHold(
  register: string,
  before: RegisterPoint | undefined,
  element: Element,
): { readonly code: HoldCode; readonly detail: string } {
  const { definition } = element
  const { unit, maxPerHour } = definition
  if (element.exchangeOrdinal !== undefined) {
    const detail = `${register} is said to have been exchanged at ${element.enters} ${unit}, starting again at ${element.leaves} ${unit}; that does not fit the values around it.`
    return { code: 'exchange_implausible', detail }
  }
  const shown = `${element.enters} ${unit} at ${formatInstant(element.at)}`
  if (before === undefined) {
    return {
      code: 'value_contradicted',
      detail: `${register} showed ${shown}; the readings after it contradict that.`,
    }
  }
  const step = `from ${before.shown ?? before.value} ${unit} at ${formatInstant(before.at)} to ${shown}`
  const start = { at: before.at, leaves: before.shown ?? before.value }
  if (advanceBetween(start, element) === undefined) {
    return { code: 'register_fell', detail: `${register} fell ${step}.` }
  }
  if (plausibleAdvance(start, element) === undefined) {
    const detail = `${register} rose ${step}; the model allows at most ${maxPerHour} ${unit} an hour.`
    return { code: 'advance_implausible', detail }
  }
  return {
    code: 'value_contradicted',
    detail: `${register} rose ${step}; the readings after it contradict that.`,
  }
}

/** In the order that exchanges are counted in. */
export function listExchanges({ exchanges }: Reading, register: string): Exchange[] {
  if (exchanges.length === 0) return []
  return exchanges.filter((each) => each.register === register).sort(byTimeAndValues)
}

/** Their order in the message is no part of a reading's content. */
function byTimeAndValues(left: Exchange, right: Exchange): number {
  return left.at - right.at || Number(left.final - right.final) || Number(left.start - right.start)
}

function getDefinition({ definitions }: DeviceFacts, register: string): RegisterDefinition {
  const definition = definitions.get(register)
  if (definition === undefined) throw new InvariantError(`The model has no register ${register}.`)
  return definition
}
