/**
 * Items that price one quantity: per unit, by package, graduated, volume and stairstep, each with an allowance. A quantity
 * exactly at an upper bound is still in that tier.
 *
 * The first tier is touched from zero on, every further one as soon as something of the quantity lies in it; the flat amount of a tier is
 * charged once it is touched, that of an untouched tier is not. The shares of a run shorten bounds, allowances and flat amounts, but for a
 * peak, whose whole amount they shorten. Pauses shorten allowances, and what is charged when no quantity is left to price.
 */
import { assertInvariant, Rational } from '../../../core/index.ts'
import { isPeak } from '../is-peak.ts'
import type { Shares } from '../item-runs.ts'
import type { RatingStep } from '../rating-types.ts'
import type { ItemOf, MeteredItem, TariffTier } from '../tariff-schema.ts'
import { countUnits } from './count-units.ts'
import type { Counted, PriceContext, Priced } from './pricing-types.ts'

const whole: Shares = { length: Rational.of(1n), unpaused: Rational.of(1n) }

/** What bounds and flat amounts of tiers are of what is written. */
type TierShares = { readonly bounds: Rational; readonly flat: Rational }
type Charged = Pick<Priced, 'amount' | 'steps'>

export function priceUnits(item: MeteredItem, counted: Counted, context: PriceContext): Priced {
  const quantity = countUnits(item, counted)
  const { length, unpaused } = isPeak(item) ? whole : context.shares
  const free = least(quantity, context.freeUnits)
  const { rest, steps } = takeIncluded(item, quantity.minus(free), unpaused)
  const isUsed = rest.compare(Rational.zero) > 0
  const charged = chargeFor(item, rest, { bounds: length, flat: isUsed ? length : unpaused })
  const all = isPeak(item)
    ? prorate(charged, isUsed ? context.shares.length : context.shares.unpaused)
    : charged
  return { quantity, amount: all.amount, steps: [...sayFree(item, free), ...steps, ...all.steps] }
}

function prorate({ amount: unprorated, steps }: Charged, share: Rational): Charged {
  const amount = unprorated.times(share)
  const change = amount.minus(unprorated)
  if (change.compare(Rational.zero) === 0) return { amount, steps }
  return {
    amount,
    steps: [...steps, { kind: 'prorated', share: share.toString(), amount: change.toString() }],
  }
}

function sayFree({ discounts = [] }: MeteredItem, free: Rational): readonly RatingStep[] {
  const discount = discounts.find((each) => 'firstUnits' in each)
  if (discount === undefined || free.compare(Rational.zero) === 0) return []
  const { description } = discount
  return [{ kind: 'free_units', description, quantity: free.toString(), amount: '0' }]
}

function chargeFor(item: MeteredItem, quantity: Rational, shares: TierShares): Charged {
  switch (item.type) {
    case 'per_unit':
      return chargePerUnit(item, quantity)
    case 'package':
      return chargePackages(item, quantity)
    case 'graduated':
      return chargeGraduated(boundsOf(item.tiers, shares), quantity)
    case 'volume':
      return chargeVolume(boundsOf(item.tiers, shares), quantity)
    case 'stairstep':
      return chargeVolume(
        boundsOf(
          item.tiers.map(({ price, ...tier }) => ({ ...tier, price: '0', flat: price })),
          shares,
        ),
        quantity,
      )
  }
}

function takeIncluded(
  { included: written }: MeteredItem,
  quantity: Rational,
  share: Rational,
): { readonly rest: Rational; readonly steps: readonly RatingStep[] } {
  if (written === undefined) return { rest: quantity, steps: [] }
  const included = Rational.parseDecimal(written).times(share)
  const used = least(quantity, included)
  const step = {
    kind: 'included',
    included: included.toString(),
    used: used.toString(),
    amount: '0',
  } as const
  return { rest: quantity.minus(used), steps: [step] }
}

function chargePerUnit({ price, block }: ItemOf<'per_unit'>, quantity: Rational): Charged {
  const billed = block === undefined ? quantity : inBlocks(quantity, Rational.parseDecimal(block))
  const amount = billed.times(Rational.parseDecimal(price))
  const step = {
    kind: 'units',
    quantity: billed.toString(),
    price,
    block: block ?? null,
    amount: amount.toString(),
  } as const
  return { amount, steps: [step] }
}

function inBlocks(quantity: Rational, block: Rational): Rational {
  return Rational.of(quantity.dividedBy(block).round('up')).times(block)
}

function chargePackages({ price, size }: ItemOf<'package'>, quantity: Rational): Charged {
  const count = Rational.of(quantity.dividedBy(Rational.parseDecimal(size)).round('up'))
  const amount = count.times(Rational.parseDecimal(price))
  const step = { kind: 'packages', count: count.toString(), size, price, amount: amount.toString() } as const
  return { amount, steps: [step] }
}

type BoundedTier = {
  readonly above: Rational
  /** Inclusive; the last tier has none. */
  readonly upTo: Rational | undefined
  readonly price: string
  readonly flat: Rational
}

function boundsOf(tiers: readonly TariffTier[], shares: TierShares): readonly BoundedTier[] {
  let above = Rational.zero
  return tiers.map(({ upTo: written, price, flat = '0' }) => {
    const upTo = written === undefined ? undefined : Rational.parseDecimal(written).times(shares.bounds)
    const tier = { above, upTo, price, flat: Rational.parseDecimal(flat).times(shares.flat) }
    above = upTo ?? above
    return tier
  })
}

function chargeGraduated(tiers: readonly BoundedTier[], quantity: Rational): Charged {
  const touched = tiers.filter(({ above }, index) => index === 0 || quantity.compare(above) > 0)
  return addUp(
    touched.map((tier) => chargeTier(tier, least(quantity, tier.upTo ?? quantity).minus(tier.above))),
  )
}

function chargeVolume(tiers: readonly BoundedTier[], quantity: Rational): Charged {
  const reached = tiers.find(({ upTo }) => upTo === undefined || quantity.compare(upTo) <= 0)
  assertInvariant(reached !== undefined, 'The last tier is open.')
  return addUp([chargeTier(reached, quantity)])
}

function chargeTier({ above, upTo, price, flat }: BoundedTier, quantity: Rational) {
  const amount = quantity.times(Rational.parseDecimal(price)).plus(flat)
  const step: RatingStep = {
    kind: 'tier',
    above: above.toString(),
    upTo: upTo?.toString() ?? null,
    quantity: quantity.toString(),
    price,
    flat: flat.toString(),
    amount: amount.toString(),
  }
  return { amount, step }
}

function addUp(charges: readonly { readonly amount: Rational; readonly step: RatingStep }[]): Charged {
  return {
    amount: charges.reduce((sum, { amount }) => sum.plus(amount), Rational.zero),
    steps: charges.map(({ step }) => step),
  }
}

function least(left: Rational, right: Rational): Rational {
  return left.compare(right) <= 0 ? left : right
}
