/**
 * Fees that no usage moves: flat fees of a period, whole or prorated, and fees and deposits charged once.
 *
 * A fee without proration is charged whole as soon as its member was there at any unpaused time of the period, by the version in force when it was there
 * first. With proration it is charged for the days or seconds that the member was there and the contract not paused, as a share of the whole billing period. A
 * civil day that was begun counts once, in the segment that first meets it.
 */
import { Rational, SECOND_MS, type Period } from '../../../core/index.ts'
import { instantOf, dayOf, wallTimeAt } from '../civil-time.ts'
import { unpausedParts } from '../pauses.ts'
import type { RatingFacts, RatingStep, Share } from '../rating-types.ts'
import type { Member } from '../scope-members.ts'
import type { FlatItem, OneOffItem } from '../tariff-schema.ts'
import type { Priced } from './pricing-types.ts'

/** Undefined where the fee is not charged in this segment. */
export function priceFlat(
  { price, proration = 'none' }: FlatItem,
  member: Member,
  segment: Period,
  facts: RatingFacts,
): Priced | undefined {
  const spans = member.spans.flatMap((span) => unpausedParts(span, facts.pauses))
  if (proration === 'none') {
    const firstAt = spans[0]?.from
    if (firstAt === undefined || firstAt < segment.from || firstAt >= segment.to) return undefined
    return fee(price, null)
  }
  const share = shareOf(proration, spans, segment, facts)
  return share.part === '0' ? undefined : fee(price, share)
}

function fee(price: string, share: Share | null): Priced {
  const quantity =
    share === null
      ? Rational.of(1n)
      : Rational.parseExact(share.part).dividedBy(Rational.parseExact(share.whole))
  const amount = quantity.times(Rational.parseDecimal(price))
  return { quantity, amount, steps: [{ kind: 'fee', price, share, amount: amount.toString() }] }
}

function shareOf(
  measure: 'day' | 'second',
  spans: readonly Period[],
  segment: Period,
  { wholePeriod, offsets }: RatingFacts,
): Share {
  if (measure === 'day') {
    const before = daysOf(cut(spans, { from: -Infinity, to: segment.from }), offsets)
    const own = daysOf(cut(spans, segment), offsets)
    const part = [...own].filter((day) => !before.has(day)).length
    return { part: String(part), whole: String(daysOf([wholePeriod], offsets).size), measure }
  }
  const milliseconds = cut(spans, segment).reduce((sum, { from, to }) => sum + to - from, 0)
  return { part: inSeconds(milliseconds), whole: inSeconds(wholePeriod.to - wholePeriod.from), measure }
}

function inSeconds(milliseconds: number): string {
  return Rational.of(BigInt(milliseconds), BigInt(SECOND_MS)).toString()
}

function cut(spans: readonly Period[], to: Period): readonly Period[] {
  return spans
    .map((span) => ({ from: Math.max(span.from, to.from), to: Math.min(span.to, to.to) }))
    .filter((span) => span.from < span.to)
}

function daysOf(spans: readonly Period[], offsets: RatingFacts['offsets']): ReadonlySet<number> {
  const days = new Set<number>()
  for (const { from, to } of spans) {
    const last = wallTimeAt(offsets, to - 1).day
    for (let { day } = wallTimeAt(offsets, from); day <= last; day += 1) {
      if (hasInstants(day, offsets)) days.add(day)
    }
  }
  return days
}

/** Where a zone moves over the date line, a day is left out. */
function hasInstants(day: number, offsets: RatingFacts['offsets']): boolean {
  return instantOf(offsets, { day, minute: 0 }) < instantOf(offsets, { day: day + 1, minute: 0 })
}

/** All that falls due in the segment: for the contract, or for each time that a device comes or goes; on a date, once, if the member is there. */
export function priceOnce(
  item: OneOffItem,
  member: Member,
  segment: Period,
  facts: RatingFacts,
): Priced | undefined {
  const charges = dueAt(item.on, member, facts)
  const refunds = item.refundedOn === undefined ? [] : refundsOf(item, member, facts)
  const price = Rational.parseDecimal(item.price)
  const steps = [
    ...charges.filter(isWithin(segment)).map(({ at }): RatingStep => {
      return { kind: 'once', price: item.price, at, amount: price.toString() }
    }),
    ...refunds.filter(isWithin(segment)).map(({ at }): RatingStep => {
      return { kind: 'refund', price: item.price, at, amount: Rational.zero.minus(price).toString() }
    }),
  ]
  if (steps.length === 0) return undefined
  const amount = steps.reduce((sum, step) => sum.plus(Rational.parseExact(step.amount)), Rational.zero)
  const count = steps.reduce((sum, { kind }) => sum + (kind === 'once' ? 1n : -1n), 0n)
  return { quantity: Rational.of(count), amount, steps }
}

/** An end is due in the segment that it ends, all else in the one that it begins in. */
type Due = { readonly at: number; readonly isEnd: boolean }

function isWithin({ from, to }: Period): (due: Due) => boolean {
  return ({ at, isEnd }) => (isEnd ? at > from && at <= to : at >= from && at < to)
}

function dueAt(on: string, { devices, spans }: Member, { contract, offsets }: RatingFacts): readonly Due[] {
  if (on !== 'start' && on !== 'end') {
    const at = instantOf(offsets, { day: dayOf(on), minute: 0 })
    return spans.some(({ from, to }) => from <= at && at < to) ? [{ at, isEnd: false }] : []
  }
  return (devices ?? [contract]).flatMap(({ from, to }): readonly Due[] => {
    if (on === 'start') return [{ at: from, isEnd: false }]
    return to === undefined ? [] : [{ at: to, isEnd: true }]
  })
}

/** What was charged on a date is given back once, when the last one leaves that was there then: who came later has paid nothing. */
function refundsOf({ on }: OneOffItem, member: Member, facts: RatingFacts): readonly Due[] {
  if (on === 'start' || on === 'end') return dueAt('end', member, facts)
  const at = instantOf(facts.offsets, { day: dayOf(on), minute: 0 })
  const ends = (member.devices ?? [facts.contract])
    .filter(({ from, to = Infinity }) => from <= at && at < to)
    .map(({ to = Infinity }) => to)
  return ends.length === 0 ? [] : [{ at: Math.max(...ends), isEnd: true }]
}
