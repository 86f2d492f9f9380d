/**
 * Cuts a register's advance over a span into 15-minute UTC slots, lazily and in order, from the points that R(t) rests on
 * (docs/metering-rules.md §4).
 *
 * - The advances of the slots add up to `R(to) - R(from)`, the estimated ones to the part of it that lies in estimated
 *   steps; both therefore add up at every cut of the span.
 * - A slot is estimated if any estimated step reaches into it: one longer than `maxGapMs`, or with a placed end.
 * - Slots without advance that are not estimated are left out; so are estimated ones without advance in the middle of a
 *   step. A register that stands still costs nothing, however long it does.
 * - A point lies in the slot that it ends: at a slot's border, in the slot before. So R's jump between two points of one
 *   instant is in the span that R counts it in.
 */
import { SLOT_MS, type Period } from '../../core/index.ts'
import type { RegisterDefinition } from '../metering-types.ts'
import { slotStart } from '../usage/open-slots.ts'
import { isEstimatedStep, registerValueAt } from '../usage/register-spread.ts'

export type SpreadRule = Pick<RegisterDefinition, 'gapRule' | 'maxGapMs' | 'maxPerHour'>

/** An accepted point: R at `at` is `value`. */
export type MetricPoint = {
  readonly at: number
  readonly value: bigint
  /** True when `at` was placed by interpolation. */
  readonly isPlaced?: boolean
  /** The rule of the step that ends here, if it is not the register's present one. */
  readonly rule?: SpreadRule
}

export type MeteredSlot = {
  /** Start of the whole slot, also where the span cuts it. */
  readonly from: number
  readonly advance: bigint
  /** The part of `advance` that lies in estimated steps. */
  readonly estimatedAdvance: bigint
  readonly isEstimated: boolean
}

/** `points` in order: the last one at or before `span.from`, all up to `span.to`, and the first one after it. */
export function* meteredSlots(
  points: Iterable<MetricPoint>,
  span: Period,
  rule: SpreadRule,
): Generator<MeteredSlot, void> {
  let open: MeteredSlot | undefined
  for (const piece of cutSteps(points, span, rule)) {
    if (open?.from === piece.from) {
      open = {
        from: open.from,
        advance: open.advance + piece.advance,
        estimatedAdvance: open.estimatedAdvance + piece.estimatedAdvance,
        isEstimated: open.isEstimated || piece.isEstimated,
      }
      continue
    }
    if (open !== undefined) yield open
    open = piece
  }
  if (open !== undefined) yield open
}

/** R at an instant, and how much of it rests on an estimated step; `points` are those for the span `[at, at)`. */
export function meteredValue(
  points: Iterable<MetricPoint>,
  at: number,
  rule: SpreadRule,
): { readonly value: bigint; readonly estimated: bigint } | undefined {
  let before: MetricPoint | undefined
  let after: MetricPoint | undefined
  for (const point of points) {
    if (point.at <= at) before = point
    else after ??= point
  }
  const value = registerValueAt(at, before, after, after?.rule ?? rule)
  if (value === undefined) return undefined
  if (before === undefined || after === undefined || !isEstimate(before, after, rule)) {
    return { value, estimated: 0n }
  }
  return { value, estimated: value - before.value }
}

/** Each step's part of each slot. */
function* cutSteps(
  points: Iterable<MetricPoint>,
  span: Period,
  rule: SpreadRule,
): Generator<MeteredSlot, void> {
  let before: MetricPoint | undefined
  for (const after of points) {
    if (before !== undefined) yield* cutStep(before, after, span, rule)
    before = after
  }
}

function* cutStep(
  before: MetricPoint,
  after: MetricPoint,
  span: Period,
  rule: SpreadRule,
): Generator<MeteredSlot, void> {
  const isEstimated = isEstimate(before, after, rule)
  const piece = (from: number, advance: bigint): MeteredSlot => ({
    from,
    advance,
    estimatedAdvance: isEstimated ? advance : 0n,
    isEstimated,
  })
  if (before.at === after.at) {
    const isInside = span.from < after.at && after.at <= span.to
    if (isInside) yield piece(slotStart(after.at - 1), after.value - before.value)
    return
  }
  const from = Math.max(before.at, span.from)
  const to = Math.min(after.at, span.to)
  if (from >= to) return
  if (before.value === after.value) {
    if (!isEstimated) return
    yield piece(slotStart(from), 0n)
    if (slotStart(to - 1) > slotStart(from)) yield piece(slotStart(to - 1), 0n)
    return
  }
  let value = valueInStep(from, before, after, rule)
  for (let at = from; at < to;) {
    const next = Math.min(to, slotStart(at) + SLOT_MS)
    const nextValue = valueInStep(next, before, after, rule)
    yield piece(slotStart(at), nextValue - value)
    value = nextValue
    at = next
  }
}

function valueInStep(at: number, before: MetricPoint, after: MetricPoint, rule: SpreadRule): bigint {
  if (at === after.at) return after.value
  return registerValueAt(at, before, after, after.rule ?? rule) ?? before.value
}

function isEstimate(before: MetricPoint, after: MetricPoint, rule: SpreadRule): boolean {
  return (
    before.isPlaced === true || after.isPlaced === true || isEstimatedStep(before, after, after.rule ?? rule)
  )
}
