/**
 * The plain model, part two: which values of one register count and what the register showed at an instant
 * (docs/metering-rules.md §3, §4). Looks at all pairs of elements; nothing is kept from one call to the next.
 */
import type { Exchange } from '../../core/index.ts'
import type { RegisterDefinition, WithdrawableDecision } from '../metering-types.ts'
import type {
  CoveredDecision,
  KnownFacts,
  ModelHold,
  ModelPoint,
  StoredContent,
  TimedReading,
} from './plain-model-types.ts'
import { findHeaviestPath, findNewestCover, findNewestDecision, SKEW } from './plain-sequence.ts'

const HOUR = 3_600_000n

/** Something that a register showed: edges come into `in` and leave from `out`. */
export type ChainElement = {
  readonly kind: 'commissioning' | 'exchange' | 'value' | 'entered'
  readonly at: number
  readonly in: bigint
  readonly out: bigint
  readonly isPlaced: boolean
  readonly stored: StoredContent | undefined
  /** What a person entered. */
  readonly decision: WithdrawableDecision | undefined
  /** Names the element within its reading, for pins: "value run_s", "exchange run_s 0". */
  readonly key: string
  readonly isDecided: boolean
  /** Accepted when the newest pin that covers it was made. */
  readonly isPinned: boolean
  /** Absent only for the commissioning value, which no edge comes into. */
  readonly definition: RegisterDefinition | undefined
}

export type JudgedElement = ChainElement & { readonly isAccepted: boolean; readonly total: bigint }

/** All elements of a register in order, with those on the accepted chain marked and their totals. */
export function judgeRegister(
  known: KnownFacts,
  timed: readonly TimedReading[],
  register: string,
): JudgedElement[] {
  const elements = collectElements(known, timed, register)
  const chain = findHeaviestPath(
    elements.map((element) => weigh(element, elements.length + 1)),
    (from, to) => findAdvance(at(elements, from), at(elements, to)) !== undefined,
  )
  let total = 0n
  return elements.map((element, index) => {
    const place = chain.indexOf(index)
    if (place === -1) return { ...element, isAccepted: false, total: 0n }
    const before = chain[place - 1]
    total = before === undefined ? element.out : total + (findAdvance(at(elements, before), element) ?? 0n)
    return { ...element, isAccepted: true, total }
  })
}

function weigh({ isPinned, isDecided, kind }: ChainElement, more: number): number {
  if (isPinned) return more * more
  return isDecided || kind === 'commissioning' ? more : 1
}

/** The definition that a reading of the sequence is judged by. */
export function findDefinitions(known: KnownFacts, stored: StoredContent): readonly RegisterDefinition[] {
  return findNewestCover(known, stored)?.registers ?? known.registers
}

function collectElements(
  known: KnownFacts,
  timed: readonly TimedReading[],
  register: string,
): ChainElement[] {
  const base = known.baseValues[register]
  const commissioning: ChainElement[] =
    base === undefined
      ? []
      : [
          {
            kind: 'commissioning',
            at: known.commissionedAt,
            in: base,
            out: base,
            isPlaced: false,
            stored: undefined,
            key: 'commissioning',
            decision: undefined,
            isDecided: false,
            isPinned: known.pins.some(({ commissioned }) => commissioned.includes(register)),
            definition: undefined,
          },
        ]
  const carried = timed.flatMap((reading) => collectCarried(known, reading, register))
  // Of equal times in sequence order, what was entered last. Without pins, carried times do not fall anyway.
  const others = [...carried, ...collectEntered(known, register)].toSorted(
    (a, b) => a.at - b.at || Number(a.kind === 'entered') - Number(b.kind === 'entered'),
  )
  return [...commissioning, ...others]
}

function collectCarried(
  known: KnownFacts,
  { stored, at: readAt, isPlaced, readBefore }: TimedReading,
  register: string,
): ChainElement[] {
  const decision = findNewestDecision(known, stored, register)
  const definition = findDefinitions(known, stored).find(({ name }) => name === register)
  if (decision?.kind === 'reject' || definition === undefined) return []

  const pinned = findNewestCover(known, stored)?.accepted ?? []
  const elements: ChainElement[] = []
  const exchanges = stored.reading.exchanges
    .filter((exchange) => exchange.register === register)
    .toSorted(compareExchanges)
  for (const [index, exchange] of exchanges.entries()) {
    const key = `exchange ${register} ${index}`
    elements.push({
      kind: 'exchange',
      at: Math.min(Math.max(exchange.at, readBefore), readAt),
      in: exchange.final,
      out: exchange.start,
      isPlaced,
      stored,
      decision: undefined,
      key,
      isDecided: decision?.kind === 'release',
      isPinned: pinned.includes(key),
      definition,
    })
  }
  for (const { value } of stored.reading.registers.filter((shown) => shown.register === register)) {
    const key = `value ${register}`
    const counted = decision?.kind === 'replace' ? decision.value : value
    elements.push({
      kind: 'value',
      at: readAt,
      in: counted,
      out: counted,
      isPlaced,
      stored,
      decision: undefined,
      key,
      isDecided: decision !== undefined,
      isPinned: pinned.includes(key),
      definition,
    })
  }
  return elements
}

function collectEntered(known: KnownFacts, register: string): ChainElement[] {
  return known.decisions.flatMap((decision): ChainElement[] => {
    if (decision.kind !== 'exchange' && decision.kind !== 'hand_over') return []
    const covered = findCoveredDecision(known, decision)
    const definition = (covered?.registers ?? known.registers).find(({ name }) => name === register)
    if (decision.register !== register || definition === undefined) return []
    const [into, out] =
      decision.kind === 'exchange' ? [decision.final, decision.start] : [decision.value, decision.value]
    return [
      {
        kind: 'entered',
        at: decision.at,
        in: into,
        out,
        isPlaced: false,
        stored: undefined,
        decision,
        key: 'entered',
        isDecided: true,
        isPinned: covered !== undefined,
        definition,
      },
    ]
  })
}

/** What the newest pin that covers an entered element kept of it. */
export function findCoveredDecision(
  known: KnownFacts,
  decision: WithdrawableDecision,
): CoveredDecision | undefined {
  return known.pins
    .flatMap(({ entered }) => entered)
    .filter((covered) => covered.decision === decision)
    .at(-1)
}

function compareExchanges(a: Exchange, b: Exchange): number {
  return a.at - b.at || Number(a.final - b.final) || Number(a.start - b.start)
}

/** How far the register went between two elements if it rose or rolled over; undefined if it fell. */
function findRise(from: ChainElement, to: ChainElement): bigint | undefined {
  if (to.in >= from.out) return to.in - from.out
  const modulus = to.definition?.modulus
  if (modulus === undefined) return undefined
  const isRollover = 10n * from.out >= 9n * modulus && from.out < modulus && to.in < modulus
  return isRollover ? to.in + modulus - from.out : undefined
}

/** The advance along the edge between two elements; undefined if there is no edge. */
function findAdvance(from: ChainElement, to: ChainElement): bigint | undefined {
  const rise = findRise(from, to)
  if (rise === undefined || to.definition === undefined) return undefined
  const allowed = to.definition.maxPerHour * BigInt(to.at - from.at + 2 * SKEW)
  return to.isDecided || (rise - 1n) * HOUR <= allowed ? rise : undefined
}

/** The holds of a register: every element of a reading that is off the chain. */
export function listRegisterHolds(judged: readonly JudgedElement[], register: string): ModelHold[] {
  return judged.flatMap((element, index) => {
    if (element.isAccepted || element.stored === undefined) return []
    const before = judged.slice(0, index).findLast(({ isAccepted }) => isAccepted)
    const { epoch, seq } = element.stored.reading
    return [{ epoch, seq, register, code: findCode(before, element), content: element.stored.content }]
  })
}

function findCode(before: ChainElement | undefined, element: ChainElement): string {
  if (element.kind === 'exchange') return 'exchange_implausible'
  if (before === undefined) return 'value_contradicted'
  if (findRise(before, element) === undefined) return 'register_fell'
  return findAdvance(before, element) === undefined ? 'advance_implausible' : 'value_contradicted'
}

export function listPoints(judged: readonly JudgedElement[]): ModelPoint[] {
  return judged
    .filter(({ isAccepted }) => isAccepted)
    .map(({ at: readAt, total, out, isPlaced, stored }) => {
      return { at: readAt, total, shown: out, isPlaced, content: stored?.content }
    })
}

/** R(t). */
export function findValueAt(judged: readonly JudgedElement[], instant: number): bigint {
  const points = judged.filter(({ isAccepted }) => isAccepted)
  const before = points.findLast((point) => point.at <= instant)
  const after = points.find((point) => point.at > instant)
  if (before === undefined) return after?.total ?? 0n
  if (after?.definition === undefined) return before.total

  const step = BigInt(after.at - before.at)
  const { maxGapMs, gapRule, maxPerHour } = after.definition
  if (step > maxGapMs && gapRule === 'end') {
    if (instant === before.at) return before.total
    const late = after.total - ceilDivide(maxPerHour * BigInt(after.at - instant), HOUR)
    return late > before.total ? late : before.total
  }
  return before.total + ((after.total - before.total) * BigInt(instant - before.at)) / step
}

/** Whether an instant lies in an estimated step. */
export function isEstimatedAt(judged: readonly JudgedElement[], instant: number): boolean {
  const points = judged.filter(({ isAccepted }) => isAccepted)
  const before = points.findLast((point) => point.at <= instant)
  const after = points.find((point) => point.at > instant)
  if (before === undefined || after?.definition === undefined) return false
  return after.at - before.at > after.definition.maxGapMs || before.isPlaced || after.isPlaced
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor
}

function at(elements: readonly ChainElement[], index: number): ChainElement {
  const element = elements[index]
  if (element === undefined) throw new Error('no such element')
  return element
}
