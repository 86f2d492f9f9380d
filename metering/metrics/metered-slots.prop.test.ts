/**
 * Slots and the metrics over them against R(t) written down again: evaluated directly at every border of every slot.
 * Also: sums add up over random cuts.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Metric } from '../metric-types.ts'
import { evaluateMetric } from './evaluate-metric.ts'
import { meteredSlots, meteredValue, type MetricPoint, type SpreadRule } from './metered-slots.ts'

const MINUTE = 60_000
const SLOT = 15 * MINUTE
/** The night of a clock change in Berlin, so that days of 25 hours are met. */
const start = Date.parse('2026-10-24T20:00:00Z')

const rule: SpreadRule = { gapRule: 'spread', maxGapMs: 40 * MINUTE, maxPerHour: 3_600n }

type Case = { readonly points: readonly MetricPoint[]; readonly rule: SpreadRule }

/** Steps of zero to ninety minutes with odd milliseconds, and now and then one of up to two days. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    steps: fc.array(
      fc.record({
        minutes: fc.oneof(
          { weight: 9, arbitrary: fc.integer({ min: 0, max: 90 }) },
          { weight: 1, arbitrary: fc.integer({ min: 90, max: 2_880 }) },
        ),
        ms: fc.constantFrom(0, 0, 1, 59_999),
        advance: fc.constantFrom(0n, 0n, 1n, 7n, 900n, 5_400n),
        isPlaced: fc.integer({ min: 0, max: 7 }).map((share) => share === 0),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    gapRule: fc.constantFrom('spread', 'end'),
    maxGapMs: fc.constantFrom(10 * MINUTE, 40 * MINUTE, 120 * MINUTE),
  })
  .map(({ steps, gapRule, maxGapMs }) => {
    let [at, value] = [start, 100n]
    const points = steps.map(({ minutes, ms, advance, isPlaced }): MetricPoint => {
      at += minutes * MINUTE + ms
      value += advance
      return { at, value, ...(isPlaced ? { isPlaced } : {}) }
    })
    return { points, rule: { ...rule, gapRule, maxGapMs } }
  })

/** From before the first point to after the last, on and off the borders of slots. */
const instants = fc
  .tuple(fc.integer({ min: -100, max: 1_500 }), fc.constantFrom(0, 0, 0, 1, 449_999))
  .map(([slots, ms]) => Math.floor(start / SLOT) * SLOT + slots * (SLOT / 4) + ms)

function modelValue({ points, rule }: Case, at: number): bigint {
  const before = points.findLast((point) => point.at <= at)
  const after = points.find((point) => point.at > at)
  if (before === undefined) return points[0]?.value ?? 0n
  if (after === undefined) return before.value
  if (before.at === at) return before.value
  const [span, advance] = [BigInt(after.at - before.at), after.value - before.value]
  if (span > BigInt(rule.maxGapMs) && rule.gapRule === 'end') {
    // One unit a second: as late as possible.
    const late = after.value - (BigInt(after.at - at) + 999n) / 1_000n
    return late > before.value ? late : before.value
  }
  return before.value + (advance * BigInt(at - before.at)) / span
}

/** Whether an estimated step reaches into `(from, to]`. */
function modelIsEstimated({ points, rule }: Case, from: number, to: number): boolean {
  return points.slice(1).some((after, index) => {
    const before = points[index]!
    const isEstimated = after.at - before.at > rule.maxGapMs || before.isPlaced || after.isPlaced
    const reaches =
      before.at === after.at ? from < after.at && after.at <= to : before.at < to && after.at > from
    return isEstimated === true && reaches
  })
}

function modelSlots(given: Case, from: number, to: number) {
  const slots: { from: number; advance: bigint; isEstimated: boolean }[] = []
  for (let slotAt = Math.floor(from / SLOT) * SLOT; slotAt < to; slotAt += SLOT) {
    const [left, right] = [Math.max(slotAt, from), Math.min(slotAt + SLOT, to)]
    const advance = modelValue(given, right) - modelValue(given, left)
    slots.push({ from: slotAt, advance, isEstimated: modelIsEstimated(given, left, right) })
  }
  return slots
}

/** The points that the reader's face promises for a span. */
function pointsFor({ points }: Case, from: number, to: number): MetricPoint[] {
  const before = points.findLast((point) => point.at <= from)
  const after = points.find((point) => point.at > to)
  const inside = points.filter((point) => point.at > from && point.at <= to)
  return [before ?? [], inside, after ?? []].flat()
}

function evaluate(given: Case, metric: Metric, from: number, to: number) {
  const slots = meteredSlots(pointsFor(given, from, to), { from, to }, given.rule)
  const end = meteredValue(pointsFor(given, to, to), to, given.rule)
  return evaluateMetric(metric, { kind: 'register', slots, end })
}

const source = { register: 'run_s' }

describe('metrics of a register', () => {
  it('count each slot as R says, and mark those that an estimated step reaches into', () => {
    fc.assert(
      fc.property(cases, instants, instants, (given, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const found = [...meteredSlots(pointsFor(given, from, to), { from, to }, given.rule)]
        const model = modelSlots(given, from, to)
        const used = ({ advance }: { advance: bigint }) => advance > 0n
        const plain = found.map(({ from: slotAt, advance, isEstimated }) => ({
          from: slotAt,
          advance,
          isEstimated,
        }))
        expect(plain.filter(used)).toEqual(model.filter(used))
        expect(found.map((slot) => slot.from)).toEqual(
          found.map((slot) => slot.from).toSorted((x, y) => x - y),
        )
        for (const { advance, estimatedAdvance, isEstimated } of found) {
          expect(estimatedAdvance >= 0n && estimatedAdvance <= advance).toBe(true)
          if (!isEstimated) expect(estimatedAdvance).toBe(0n)
        }
      }),
      { numRuns: 600 },
    )
  })

  it('sum: the quantity and its estimated part add up over random cuts', () => {
    fc.assert(
      fc.property(cases, fc.array(instants, { minLength: 2, maxLength: 8 }), (given, cuts) => {
        const sorted = cuts.toSorted((a, b) => a - b)
        const [from, to] = [sorted[0]!, sorted.at(-1)!]
        const sum: Metric = { source, aggregation: 'sum' }
        const whole = evaluate(given, sum, from, to)
        const parts = sorted.slice(1).map((end, index) => evaluate(given, sum, sorted[index]!, end))
        const total = (member: 'quantity' | 'estimatedQuantity') =>
          parts.reduce((added, part) => added + (part[member] ?? 0n), 0n)
        expect(whole.quantity).toBe(modelValue(given, to) - modelValue(given, from))
        expect([total('quantity'), total('estimatedQuantity')]).toEqual([
          whole.quantity,
          whole.estimatedQuantity,
        ])
      }),
      { numRuns: 600 },
    )
  })

  it('max and unique_days: as a model that asks R at every border of every slot', () => {
    fc.assert(
      fc.property(
        cases,
        instants,
        instants,
        fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'),
        (given, a, b, timeZone) => {
          const [from, to] = [Math.min(a, b), Math.max(a, b)]
          const slots = modelSlots(given, from, to)
          const certain = slots.filter(({ isEstimated }) => !isEstimated)
          const estimated = slots.filter(({ isEstimated }) => isEstimated)
          const most = (of: typeof slots) =>
            of.reduce((max, { advance }) => (advance > max ? advance : max), 0n)
          const largest = most(certain)

          const max = evaluate(given, { source, aggregation: 'max' }, from, to)
          expect(max).toMatchObject({ quantity: largest, excludedQuantity: most(estimated) })
          expect(max.slotAt).toBe(
            largest === 0n ? undefined : certain.find(({ advance }) => advance === largest)?.from,
          )

          const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
          const daysOf = (of: typeof slots) =>
            new Set(of.filter(({ advance }) => advance > 0n).map(({ from: at }) => format.format(at)))
          const days = evaluate(given, { source, aggregation: 'unique_days', timeZone }, from, to)
          expect(days.quantity).toBe(BigInt(daysOf(certain).size))
          expect(days.excludedQuantity).toBe(BigInt(daysOf(estimated).difference(daysOf(certain)).size))
          expect(days.estimatedQuantity).toBe(0n)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('latest: R at the end of the span, and how much of it a step still has to show', () => {
    fc.assert(
      fc.property(cases, instants, (given, at) => {
        const latest = evaluate(given, { source, aggregation: 'latest' }, at, at)
        expect(latest.quantity).toBe(modelValue(given, at))
        const before = given.points.findLast((point) => point.at <= at)?.value ?? latest.quantity ?? 0n
        const isEstimated = before !== latest.quantity && modelIsEstimated(given, at - 1, at + 1)
        expect(latest.estimatedQuantity).toBe(isEstimated ? modelValue(given, at) - before : 0n)
      }),
      { numRuns: 300 },
    )
  })
})
