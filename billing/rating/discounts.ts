/**
 * What acts on an amount after it was rated, each knowing nothing of how: discounts in the order in which they are written, then the maximum, then
 * the minimum. None takes an amount below zero, and a negative total (a deposit given back) is left as it is. A discount that has ended keeps off what it
 * took off, but not more than there is to take it from once a segment lowers the total.
 *
 * Each works on all that it has met in the run so far, less what it did before, so that it does not matter where versions cut a run: also
 * where a segment lowers the total, as when a volume reaches a cheaper tier. Fixed amounts are the run's share of what is written: of a maximum also for
 * the time that is paused, since usage in it is billed.
 */
import { Rational } from '../../core/index.ts'
import type { Shares } from './item-runs.ts'
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
  readonly #shares: Shares
  /** For each discount what it has met, what it took off when it last ran, and what of that it takes off now. */
  readonly #met: Rational[]
  readonly #granted: Rational[]
  readonly #off: Rational[]
  #discounted = Rational.zero
  #charged = Rational.zero

  constructor(terms: AfterRating, shares: Shares) {
    this.#terms = terms
    this.#shares = shares
    this.#met = (terms.discounts ?? []).map(() => Rational.zero)
    this.#granted = (terms.discounts ?? []).map(() => Rational.zero)
    this.#off = (terms.discounts ?? []).map(() => Rational.zero)
  }

  /** `isActive` tells which of the discounts run in this part of the run; one that does not has ended. */
  takeDiscounts(amount: Rational, isActive: (discount: TariffDiscount) => boolean): Adjusted {
    const steps: RatingStep[] = []
    let left = amount
    for (const [index, discount] of (this.#terms.discounts ?? []).entries()) {
      if ('firstUnits' in discount) continue
      const change = this.#change(discount, index, left, isActive(discount))
      if (change.compare(Rational.zero) === 0) continue
      left = left.plus(change)
      steps.push({ kind: 'discount', description: discount.description, amount: change.toString() })
    }
    return { amount: left, steps }
  }

  /** Closes a segment: its amount is cut to what the maximum leaves, and the last one of a run is raised to the minimum. */
  closeSegment(amount: Rational, isLast: boolean): Adjusted {
    const { minimum, maximum } = this.#terms
    const steps: RatingStep[] = []
    this.#discounted = this.#discounted.plus(amount)
    const { length, unpaused } = this.#shares
    const most = maximum === undefined ? this.#discounted : shareOf(maximum, length)
    let total = least(this.#discounted, most)
    const cut = total.minus(this.#charged).minus(amount)
    if (maximum !== undefined && cut.compare(Rational.zero) !== 0) {
      steps.push({ kind: 'maximum', maximum: say(maximum, length), amount: cut.toString() })
    }
    if (minimum !== undefined && isLast) {
      const missing = shareOf(minimum, unpaused).minus(total)
      if (missing.compare(Rational.zero) > 0) {
        steps.push({ kind: 'minimum', minimum: say(minimum, unpaused), amount: missing.toString() })
        total = total.plus(missing)
      }
    }
    const own = total.minus(this.#charged)
    this.#charged = total
    return { amount: own, steps }
  }

  /** Below zero where it takes off more than before. */
  #change(discount: TariffDiscount, index: number, left: Rational, isActive: boolean): Rational {
    const met = (this.#met[index] ?? Rational.zero).plus(left)
    const before = this.#off[index] ?? Rational.zero
    const most = met.compare(Rational.zero) > 0 ? met : Rational.zero
    if (isActive) this.#granted[index] = this.#offOf(discount, most)
    const off = least(this.#granted[index] ?? Rational.zero, most)
    this.#met[index] = met
    this.#off[index] = off
    return before.minus(off)
  }

  #offOf(discount: TariffDiscount, met: Rational): Rational {
    if ('percent' in discount) {
      return met.times(Rational.parseDecimal(discount.percent)).dividedBy(Rational.of(100n))
    }
    return 'amount' in discount ? least(met, shareOf(discount.amount, this.#shares.unpaused)) : Rational.zero
  }
}

function shareOf(written: string, share: Rational): Rational {
  return Rational.parseDecimal(written).times(share)
}

/** As it is written where it holds whole. */
function say(written: string, share: Rational): string {
  return share.compare(Rational.of(1n)) === 0 ? written : shareOf(written, share).toString()
}

function least(left: Rational, right: Rational): Rational {
  return left.compare(right) <= 0 ? left : right
}
