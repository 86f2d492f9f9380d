/**
 * What one member's part of a run costs, version segment by version segment: a segment costs what all of the run up to its end costs, less what it
 * cost up to its beginning. Discounts, maximum and minimum come after.
 */
import { Rational } from '../../core/index.ts'
import { countedOf, countedWithin } from './counted.ts'
import { RunLedger } from './discounts.ts'
import { isPeak } from './is-peak.ts'
import { discountsOf, endOf } from './item-cuts.ts'
import type { ItemRun, Segment, Shares } from './item-runs.ts'
import { countUnits } from './pricing/count-units.ts'
import { priceBands } from './pricing/price-bands.ts'
import { priceFlat, priceOnce } from './pricing/price-fees.ts'
import { priceMatrix } from './pricing/price-matrix.ts'
import { priceSessions } from './pricing/price-sessions.ts'
import { priceUnits } from './pricing/price-units.ts'
import type { Counted, PriceContext, Priced } from './pricing/pricing-types.ts'
import type { RatingInput, RatingStep } from './rating-types.ts'
import type { Member } from './scope-members.ts'
import type { FlatItem, OneOffItem, TariffDiscount, TariffItem } from './tariff-schema.ts'

export type SegmentCharge = Priced & { readonly segment: Segment; readonly counted: Counted }

type Own = { readonly run: ItemRun; readonly member: Member; readonly input: RatingInput }
type UsageItem = Exclude<TariffItem, FlatItem | OneOffItem>
type IsActive = (discount: TariffDiscount) => boolean

const nothing: Counted = { usage: [], peaks: [], events: [] }
const whole: Shares = { length: Rational.of(1n), unpaused: Rational.of(1n) }

export function chargeSegments(run: ItemRun, member: Member, input: RatingInput): readonly SegmentCharge[] {
  const { item, segments, shares } = run
  const isWhole = item.type === 'flat' && (item.proration ?? 'none') === 'none'
  const ledger = new RunLedger(item.type === 'one_off' ? {} : item, isWhole ? whole : shares)
  const charged = segments.filter(
    (segment) => item.type !== 'flat' || priceFlat(item, member, segment, input.facts) !== undefined,
  )
  const begun = charged.filter(({ from }) => from < input.facts.cutoffAt)
  const charge =
    item.type === 'flat' || item.type === 'one_off'
      ? feeCharger(item, { run, member, input }, ledger)
      : usageCharger(item, { run, member, input }, ledger)
  return begun.flatMap((segment) => {
    const cost = charge(segment)
    if (cost === undefined) return []
    const closed = ledger.closeSegment(cost.amount, segment === charged.at(-1))
    return [{ ...cost, segment, amount: closed.amount, steps: [...cost.steps, ...closed.steps] }]
  })
}

type Charge = Priced & { readonly counted: Counted }

/** A fee is discounted by what runs when its segment begins. */
function feeCharger(item: FlatItem | OneOffItem, { member, input: { facts } }: Own, ledger: RunLedger) {
  return (segment: Segment): Charge | undefined => {
    const span = { from: segment.from, to: segment.to }
    const priced =
      item.type === 'flat'
        ? priceFlat(item, member, span, facts)
        : priceOnce(item, member, { ...span, to: Math.min(span.to, facts.cutoffAt) }, facts)
    if (priced === undefined) return undefined
    const discounted = ledger.takeDiscounts(priced.amount, activeAt(segment.from, facts.offsets))
    return {
      ...priced,
      amount: discounted.amount,
      steps: [...priced.steps, ...discounted.steps],
      counted: nothing,
    }
  }
}

/** A segment falls into parts where a discount ends inside it. */
function usageCharger(item: UsageItem, own: Own, ledger: RunLedger) {
  const { run, member, input } = own
  const { offsets, cutoffAt } = input.facts
  const runFrom = run.segments[0]?.from ?? 0
  let soFar: Priced = { quantity: Rational.zero, amount: Rational.zero, steps: [] }
  let freeUnits = Rational.zero

  return (segment: Segment): Charge => {
    const before = soFar
    let amount = Rational.zero
    let counted = nothing
    const discounts: RatingStep[] = []
    const borders = partBorders(item, segment, offsets)
    for (const [index, to] of borders.slice(1).entries()) {
      counted = countedOf(member, input, { from: runFrom, to: Math.min(to, cutoffAt) })
      const isActive = activeAt(borders[index] ?? to, offsets)
      freeUnits = countFreeUnits(item, counted, run.shares.unpaused, isActive) ?? freeUnits
      const costBefore = soFar.amount
      soFar = priceUsage(item, counted, {
        shares: run.shares,
        freeUnits,
        offsets,
        calendars: run.document.calendars ?? {},
      })
      const discounted = ledger.takeDiscounts(soFar.amount.minus(costBefore), isActive)
      amount = amount.plus(discounted.amount)
      discounts.push(...discounted.steps)
    }
    const steps = segment.from === runFrom ? soFar.steps : [...soFar.steps, chargedBefore(before.amount)]
    return {
      quantity: soFar.quantity.minus(before.quantity),
      amount,
      steps: [...steps, ...discounts],
      counted: segment.from === runFrom ? counted : countedWithin(counted, segment),
    }
  }
}

function priceUsage(item: UsageItem, counted: Counted, context: PriceContext): Priced {
  switch (item.type) {
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

function chargedBefore(amount: Rational): RatingStep {
  return { kind: 'charged_before', amount: Rational.zero.minus(amount).toString() }
}

type Offsets = RatingInput['facts']['offsets']

function partBorders(item: UsageItem, { from, to }: Segment, offsets: Offsets): readonly number[] {
  const ends = discountsOf(item).flatMap((discount) => endOf(discount, offsets) ?? [])
  const cuts = [...new Set(ends)].filter((at) => at > from && at < to).sort((left, right) => left - right)
  return [from, ...cuts, to]
}

function activeAt(at: number, offsets: Offsets): IsActive {
  return (discount) => at < (endOf(discount, offsets) ?? Infinity)
}

/** How many units a discount has made free by now: as many as were used while it ran, at most its own. Undefined while none runs. */
function countFreeUnits(
  item: UsageItem,
  counted: Counted,
  share: Rational,
  isActive: IsActive,
): Rational | undefined {
  if (item.type === 'matrix' || item.type === 'time_of_use' || item.type === 'session') return undefined
  for (const discount of discountsOf(item)) {
    if (!('firstUnits' in discount) || !isActive(discount)) continue
    const most = Rational.parseDecimal(discount.firstUnits).times(isPeak(item) ? Rational.of(1n) : share)
    const used = countUnits(item, counted)
    return used.compare(most) < 0 ? used : most
  }
  return undefined
}
