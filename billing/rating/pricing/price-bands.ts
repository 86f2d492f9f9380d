/** A register priced by the time of use. Usage comes cut at the borders of the bands, so that each record lies in one. */
import { assertInvariant, Rational } from '../../../core/index.ts'
import { bandAt } from '../bands.ts'
import type { RatingStep } from '../rating-types.ts'
import type { TimeOfUseItem } from '../tariff-schema.ts'
import { sumOf } from './count-units.ts'
import type { Counted, PriceContext, Priced } from './pricing-types.ts'

export function priceBands(
  { register, calendar: id, per, prices }: TimeOfUseItem,
  { usage }: Counted,
  { offsets, calendars }: PriceContext,
): Priced {
  const calendar = calendars[id]
  assertInvariant(calendar !== undefined, 'The calendar of an item is in its document.')
  const own = usage.filter((record) => record.register === register)
  const groups = Map.groupBy(own, ({ from }) => bandAt(calendar, offsets, from))
  const bands = Object.keys(prices).filter((band) => groups.has(band))
  const priced = bands.map((band) => {
    const price = prices[band] ?? ''
    const quantity = Rational.of(sumOf(groups.get(band) ?? []), BigInt(per))
    const amount = quantity.times(Rational.parseDecimal(price))
    const step: RatingStep = {
      kind: 'band',
      band,
      quantity: quantity.toString(),
      price,
      amount: amount.toString(),
    }
    return { amount, step }
  })
  return {
    quantity: Rational.of(sumOf(own), BigInt(per)),
    amount: priced.reduce((sum, { amount }) => sum.plus(amount), Rational.zero),
    steps: priced.map(({ step }) => step),
  }
}
