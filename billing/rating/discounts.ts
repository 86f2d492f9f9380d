/**
 * What acts on an amount after it was rated, each knowing nothing of how: discounts in the order in which they are written, then the maximum, then
 * the minimum. None takes an amount below zero, and a negative amount (a deposit given back) is left as it is.
 *
 * Fixed amounts are the run's share of what is written, and what one segment used of them is not there for the next.
 */
import { Rational } from '../../core/index.ts'
import type { RatingStep } from './rating-types.ts'
import type { TariffDiscount } from './tariff-schema.ts'

export type AfterRating = {
  readonly discounts?: readonly TariffDiscount[] | undefined
  readonly minimum?: string | undefined
  readonly maximum?: string | undefined
}

type Adjusted = { readonly amount: Rational; readonly steps: readonly RatingStep[] }

export class RunLedger {
  readonly #terms: AfterRating
  readonly #share: Rational
  readonly #usedOff: Rational[] = []
  #charged = Rational.zero

  constructor(terms: AfterRating, share: Rational) {
    this.#terms = terms
    this.#share = share
  }

  /** `isActive` tells which of the discounts run in this part of the run. */
  takeDiscounts(amount: Rational, isActive: (discount: TariffDiscount) => boolean): Adjusted {
    const steps: RatingStep[] = []
    let left = amount
    for (const [index, discount] of (this.#terms.discounts ?? []).entries()) {
      if (!isActive(discount) || 'firstUnits' in discount || left.compare(Rational.zero) <= 0) continue
      const off = this.#off(discount, index, left)
      if (off.compare(Rational.zero) === 0) continue
      left = left.minus(off)
      steps.push({
        kind: 'discount',
        description: discount.description,
        amount: Rational.zero.minus(off).toString(),
      })
    }
    return { amount: left, steps }
  }

  /** Closes a segment: its amount is cut to what the maximum leaves, and the last one of a run is raised to the minimum. */
  closeSegment(amount: Rational, isLast: boolean): Adjusted {
    const { minimum, maximum } = this.#terms
    const steps: RatingStep[] = []
    let own = amount
    if (maximum !== undefined) {
      const room = Rational.parseDecimal(maximum).times(this.#share).minus(this.#charged)
      if (own.compare(room) > 0) {
        steps.push({ kind: 'maximum', maximum, amount: room.minus(own).toString() })
        own = room
      }
    }
    if (minimum !== undefined && isLast) {
      const missing = Rational.parseDecimal(minimum).times(this.#share).minus(this.#charged).minus(own)
      if (missing.compare(Rational.zero) > 0) {
        steps.push({ kind: 'minimum', minimum, amount: missing.toString() })
        own = own.plus(missing)
      }
    }
    this.#charged = this.#charged.plus(own)
    return { amount: own, steps }
  }

  #off(discount: TariffDiscount, index: number, left: Rational): Rational {
    if ('percent' in discount) {
      return left.times(Rational.parseDecimal(discount.percent)).dividedBy(Rational.of(100n))
    }
    if (!('amount' in discount)) return Rational.zero
    const used = this.#usedOff[index] ?? Rational.zero
    const rest = Rational.parseDecimal(discount.amount).times(this.#share).minus(used)
    const off = rest.compare(left) < 0 ? rest : left
    this.#usedOff[index] = used.plus(off)
    return off
  }
}
