/**
 * Discounts, maximum and minimum as the judge sees them (docs/tariffs.md §6 and §7), of an item and of a contract.
 *
 * A run is looked at up to the end of each of its stretches, each time from its beginning on: a line costs what all of the run up to its end
 * costs, less what was charged before. A discount that has ended has taken off what it took off up to then, but not more than what is left.
 */
import type { TariffDiscount, TariffDocument } from '../tariff-schema.ts'
import { decimal, higher, lower, minus, over, times, zero, type Fraction } from './fractions.ts'

export const zone = 'Europe/Berlin'

/** What part of the billing period a run is: as long as it is, and without its pauses. */
export type Parts = { readonly long: Fraction; readonly unpaused: Fraction }
/** A part of a run in which the same discounts run, and what all of the run up to its end costs without any. */
export type Stretch = { readonly from: number; readonly gross: Fraction }

type Terms = {
  readonly discounts?: readonly TariffDiscount[]
  readonly maximum?: string
  readonly minimum?: string
}

/** From when on it does not run any more. */
export function endOf({ until }: TariffDiscount): number {
  return until === undefined ? Infinity : midnightOf(until)
}

/** When a civil day begins. */
export function midnightOf(day: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds
}

/** What all of a run up to the end of each stretch costs; the last one owes the minimum. */
export function judgeTerms(terms: Terms, stretches: readonly Stretch[], parts: Parts): readonly Fraction[] {
  const { discounts = [], maximum, minimum } = terms
  /** What the first so many discounts have left of all up to a stretch's end. */
  const leftOf = (stretch: number, count: number): Fraction =>
    discounts
      .slice(0, count)
      .reduce(
        (left, discount, index) => minus(left, takenBy(discount, index, stretch)),
        stretches[stretch]?.gross ?? zero,
      )
  const takenBy = (discount: TariffDiscount, index: number, stretch: number): Fraction => {
    const last = lastWith(discount, stretches.slice(0, stretch + 1))
    if (last === -1) return zero
    const taken = takenOff(discount, higher(zero, leftOf(last, index)), parts)
    return last === stretch ? taken : lower(taken, higher(zero, leftOf(stretch, index)))
  }
  return stretches.map((_, stretch) => {
    let total = leftOf(stretch, discounts.length)
    if (maximum !== undefined) total = lower(total, times(decimal(maximum), parts.long))
    if (minimum !== undefined && stretch === stretches.length - 1) {
      total = higher(total, times(decimal(minimum), parts.unpaused))
    }
    return total
  })
}

/** The last stretch at whose beginning the discount runs, or -1. */
export function lastWith(discount: TariffDiscount, stretches: readonly { readonly from: number }[]): number {
  return stretches.findLastIndex(({ from }) => from < endOf(discount))
}

/** First units are taken from the quantity, before there is an amount. */
function takenOff(discount: TariffDiscount, left: Fraction, { unpaused }: Parts): Fraction {
  if ('percent' in discount) return over(times(left, decimal(discount.percent)), [100n, 1n])
  return 'amount' in discount ? lower(left, times(decimal(discount.amount), unpaused)) : zero
}

/** What a contract pays in cents, of lines that come to so many: each reduction is rounded before the next. */
export function judgeTotal(
  { discounts = [], maximum, minimum, rounding }: TariffDocument,
  linesCents: bigint,
  parts: Parts,
  beginsAt: number,
): bigint {
  let total = linesCents
  const take = (exact: Fraction) => (total += roundedCents(exact, rounding))
  for (const discount of discounts) {
    if (endOf(discount) <= beginsAt) continue
    take(minus(zero, takenOff(discount, higher([total, 100n], zero), parts)))
  }
  if (maximum !== undefined) take(lower(zero, minus(times(decimal(maximum), parts.long), [total, 100n])))
  if (minimum !== undefined) take(higher(zero, minus(times(decimal(minimum), parts.unpaused), [total, 100n])))
  return total
}

function roundedCents([numerator, denominator]: Fraction, rounding: TariffDocument['rounding']): bigint {
  const isNegative = numerator < 0n
  const cents = (isNegative ? -numerator : numerator) * 100n
  const [whole, rest] = [cents / denominator, cents % denominator]
  const half = 2n * rest - denominator
  const isUp =
    rounding === 'up'
      ? rest > 0n
      : rounding !== 'down' && (half > 0n || (half === 0n && (rounding === 'half_up' || whole % 2n === 1n)))
  const rounded = whole + (isUp ? 1n : 0n)
  return isNegative ? -rounded : rounded
}
