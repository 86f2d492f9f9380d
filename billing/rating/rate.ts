/**
 * From usage and tariff to lines: the one computation behind live bill, draft, invoice, command line and browser (I7).
 *
 * Pure: no clock, no randomness, no I/O, no time zone tables; the inputs are not changed, and the order of `usage` does not matter.
 * One line per item, scope member and version segment, in this order; tiers, bands and cells are steps of a line's explanation.
 *
 * - What was used in a segment costs what all of the run up to its end costs, less what it cost up to its beginning: counters go on
 *   where the next version has the same item, and start again where it has another (`item-runs.ts`).
 * - Then come discounts, the maximum and, with the last segment of a run, the minimum (`discounts.ts`).
 * - Each line is rounded once, by its version's rule, and keeps the exact amount beside it (design §7).
 * - Usage that no item of the version in force prices is not billable by rule and makes no line.
 *
 * Whatever is missing throws; nothing missing reads as zero money (I8).
 */
import { Rational, roundToMoney, type Period } from '../../core/index.ts'
import { assertRatingInput } from './assert-rating-input.ts'
import { contractLines } from './contract-lines.ts'
import { allocationOf, countedOf, countedWithin, evidenceOf, refuseUnassigned } from './counted.ts'
import { RunLedger } from './discounts.ts'
import { discountsOf, endOf } from './item-cuts.ts'
import { itemRuns, type ItemRun, type Segment } from './item-runs.ts'
import { sayLine } from './line-sentence.ts'
import { priceBands } from './pricing/price-bands.ts'
import { priceFlat, priceOnce } from './pricing/price-fees.ts'
import { priceMatrix } from './pricing/price-matrix.ts'
import { priceSessions } from './pricing/price-sessions.ts'
import { isPeak, priceUnits } from './pricing/price-units.ts'
import { countUnits } from './pricing/count-units.ts'
import type { Counted, PriceContext, Priced } from './pricing/pricing-types.ts'
import type { RatedLine, RatingFacts, RatingInput, RatingResult, RatingStep } from './rating-types.ts'
import { membersOf, type Member } from './scope-members.ts'
import type { TariffDiscount, TariffItem } from './tariff-schema.ts'

/**
 * @throws AppError `tariff_not_in_force`, `rating_input_invalid`, `currency_unsupported`, `currency_mismatch`,
 * `decimal_invalid`, `tariff_cell_missing`, `tariff_pool_unclear`
 */
export function rate(input: RatingInput): RatingResult {
  assertRatingInput(input)
  const runs = itemRuns(input.versions, input.facts).filter(({ item }) => isCharged(item, input))
  for (const { item } of runs) refuseUnassigned(item, input, input.facts)
  const lines = runs.flatMap((run) =>
    membersOf(run.item.scope, input.facts).flatMap((member) => rateMember(run, member, input)),
  )
  return { lines: [...lines, ...contractLines(lines, input)], closing: input.opening }
}

/** Fees in advance are charged apart, with the period before theirs. */
function isCharged(item: TariffItem, { facts }: RatingInput): boolean {
  const isInAdvance = item.type === 'flat' && item.charged === 'in_advance'
  return isInAdvance === (facts.charged === 'in_advance')
}

function rateMember(run: ItemRun, member: Member, input: RatingInput): readonly RatedLine[] {
  const { item, segments, share } = run
  const isWhole = item.type === 'flat' && (item.proration ?? 'none') === 'none'
  const ledger = new RunLedger(item.type === 'one_off' ? {} : item, isWhole ? Rational.of(1n) : share)
  const progress: Progress = {
    run,
    member,
    input,
    ledger,
    cumulative: Rational.zero,
    freeUnits: Rational.zero,
  }
  const charged = segments.filter(
    (segment) => item.type !== 'flat' || priceFlat(item, member, segment, input.facts) !== undefined,
  )
  return charged.flatMap((segment, index) => {
    if (segment.from >= input.facts.cutoffAt) return []
    return rateSegment(progress, segment, index === charged.length - 1) ?? []
  })
}

type Progress = {
  readonly run: ItemRun
  readonly member: Member
  readonly input: RatingInput
  readonly ledger: RunLedger
  /** What all before the segment cost, before discounts. */
  cumulative: Rational
  /** How many units a discount has made free so far. */
  freeUnits: Rational
}

function rateSegment(progress: Progress, segment: Segment, isLast: boolean): RatedLine | undefined {
  const { run, member, input, ledger } = progress
  const counted = upTo(progress, segment.to)
  const base = baseOf(progress, segment, counted)
  if (base === undefined) return undefined
  const { priced, discounted } = base
  const closed = ledger.closeSegment(discounted.amount, isLast)
  const own = countedWithin(counted, segment)
  return toLine(run, member, segment, input, {
    ...priced,
    amount: closed.amount,
    steps: [...priced.steps, ...discounted.steps, ...closed.steps],
    own,
  })
}

/** What a segment costs before minimum and maximum; undefined where the item charges nothing in it. */
function baseOf(progress: Progress, segment: Segment, counted: Counted) {
  const { item } = progress.run
  const { facts } = progress.input
  if (item.type === 'flat' || item.type === 'one_off') {
    const span = { from: segment.from, to: segment.to }
    const priced =
      item.type === 'flat'
        ? priceFlat(item, progress.member, span, facts)
        : priceOnce(item, progress.member, { ...span, to: Math.min(span.to, facts.cutoffAt) }, facts)
    if (priced === undefined) return undefined
    return { priced, discounted: discountParts(progress, segment, () => priced.amount) }
  }
  const before = progress.cumulative
  const quantityBefore = priceCumulative(progress, upTo(progress, segment.from)).quantity
  const discounted = discountParts(progress, segment, (part) => {
    const { amount } = priceCumulative(progress, upTo(progress, part.to), part.isActive)
    const own = amount.minus(progress.cumulative)
    progress.cumulative = amount
    return own
  })
  const priced = priceCumulative(progress, counted)
  const quantity = priced.quantity.minus(quantityBefore)
  const hasBefore = segment.from > (progress.run.segments[0]?.from ?? segment.from)
  return {
    priced: {
      quantity,
      amount: priced.amount.minus(before),
      steps: [...priced.steps, ...(hasBefore ? [chargedBefore(before)] : [])],
    },
    discounted,
  }
}

function chargedBefore(amount: Rational): RatingStep {
  return { kind: 'charged_before', amount: Rational.zero.minus(amount).toString() }
}

function upTo({ run, member, input }: Progress, to: number): Counted {
  const from = run.segments[0]?.from ?? to
  return countedOf(member, input, { from, to: Math.min(to, input.facts.cutoffAt) })
}

type Part = { readonly to: number; readonly isActive: (discount: TariffDiscount) => boolean }

/** A segment falls into parts where a discount ends inside it; a fee is discounted by what runs when it begins. */
function discountParts(progress: Progress, segment: Segment, costOf: (part: Part) => Rational) {
  const { item } = progress.run
  const { offsets } = progress.input.facts
  const isUnitless = item.type === 'flat' || item.type === 'one_off'
  const ends = discountsOf(item).flatMap((discount) => endOf(discount, offsets) ?? [])
  const cuts = [...new Set(ends)].filter((at) => at > segment.from && at < segment.to).sort((a, b) => a - b)
  const borders = isUnitless ? [segment.from, segment.to] : [segment.from, ...cuts, segment.to]
  let amount = Rational.zero
  const steps: RatingStep[] = []
  for (const [index, to] of borders.slice(1).entries()) {
    const from = borders[index] ?? to
    const isActive = (discount: TariffDiscount) => from < (endOf(discount, offsets) ?? Infinity)
    const discounted = progress.ledger.takeDiscounts(costOf({ to, isActive }), isActive)
    amount = amount.plus(discounted.amount)
    steps.push(...discounted.steps)
  }
  return { amount, steps }
}

/** What all that was counted costs. With `isActive`, units that a discount makes free are taken while it runs. */
function priceCumulative(
  progress: Progress,
  counted: Counted,
  isActive?: (discount: TariffDiscount) => boolean,
): Priced {
  const { item, share, document } = progress.run
  const { offsets } = progress.input.facts
  if (isActive !== undefined && isMetered(item)) takeFreeUnits(progress, item, counted, isActive)
  const context: PriceContext = {
    share,
    freeUnits: progress.freeUnits,
    offsets,
    calendars: document.calendars ?? {},
  }
  switch (item.type) {
    case 'flat':
    case 'one_off':
      return { quantity: Rational.zero, amount: Rational.zero, steps: [] }
    case 'matrix':
      return priceMatrix(item, counted)
    case 'time_of_use':
      return priceBands(item, counted, context)
    case 'session':
      return priceSessions(item, counted, context)
    default:
      return priceUnits(item, counted, context)
  }
}

function isMetered(item: TariffItem): item is Parameters<typeof countUnits>[0] {
  return ['per_unit', 'package', 'graduated', 'volume', 'stairstep'].includes(item.type)
}

function takeFreeUnits(
  progress: Progress,
  item: Parameters<typeof countUnits>[0],
  counted: Counted,
  isActive: (discount: TariffDiscount) => boolean,
): void {
  for (const discount of discountsOf(item)) {
    if (!('firstUnits' in discount) || !isActive(discount)) continue
    const share = isPeak(item) ? Rational.of(1n) : progress.run.share
    const most = Rational.parseDecimal(discount.firstUnits).times(share)
    const used = countUnits(item, counted)
    progress.freeUnits = used.compare(most) < 0 ? used : most
  }
}

type Charged = Priced & { readonly own: Counted }

function toLine(
  { item }: ItemRun,
  member: Member,
  { version, from, to }: Segment,
  { facts }: RatingInput,
  { quantity, amount, steps, own }: Charged,
): RatedLine {
  const { currency, rounding } = version.document
  const { amountMinor } = roundToMoney(amount, currency, rounding)
  const evidence = evidenceOf(item, own)
  const line = {
    itemId: item.id,
    description: item.description,
    quantity: quantity.toString(),
    unit: unitOf(item),
    unitPrice: unitPriceOf(item, quantity, amount),
    currency,
    taxCategory: item.taxCategory ?? 'standard',
    unroundedAmount: amount.toString(),
    amountMinor,
    explanation: {
      tariffVersionId: version.id,
      period: periodOf(item, { from, to }, facts),
      rounding,
      member: member.member,
      steps,
      ...evidence,
      allocation: allocationOf(item, member, amountMinor, currency, evidence),
    },
  }
  return { ...line, sentence: sayLine(line, 'en') }
}

/** Only where it explains the amount by itself. */
function unitPriceOf(item: TariffItem, quantity: Rational, amount: Rational): string | undefined {
  if (!('price' in item) || item.type === 'session' || item.type === 'package') return undefined
  const isExplained = quantity.times(Rational.parseDecimal(item.price)).compare(amount) === 0
  return isExplained ? item.price : undefined
}

/** A fee is for time that may lie ahead; what was used is known up to the cutoff only. */
function periodOf(item: TariffItem, { from, to }: Period, { period, cutoffAt }: RatingFacts): Period {
  if (item.type !== 'flat') return { from, to: Math.min(to, cutoffAt) }
  return item.proration === 'day' || item.proration === 'second' ? { from, to } : period
}

function unitOf(item: TariffItem): string {
  if ('unit' in item) return item.unit
  return item.type === 'session' ? 'session' : item.type === 'flat' ? 'period' : 'item'
}
