/** Two bills over the same usage, item by item: what one is above the other. */
import { sumMoney, moneyOf } from '../../core/index.ts'
import type { BillDifference } from '../bill-choices.ts'
import type { RatedLine } from '../rating/rating-types.ts'
import type { PeriodRating } from './rate-period.ts'

type Bill = Pick<PeriodRating, 'lines' | 'currency'>

/** Both are in one currency. */
export function compareBills(bill: Bill, inForce: Bill): BillDifference {
  const { currency } = bill
  const sumOf = (lines: readonly RatedLine[]) =>
    sumMoney(
      lines.map((line) => moneyOf(line.amountMinor, line.currency)),
      currency,
    ).amountMinor
  const compare = (lines: readonly RatedLine[], others: readonly RatedLine[]) => {
    const [amountMinor, inForceMinor] = [sumOf(lines), sumOf(others)]
    return { amountMinor, inForceMinor, differenceMinor: amountMinor - inForceMinor }
  }
  const items = Map.groupBy([...bill.lines, ...inForce.lines], ({ itemId }) => itemId)
  return {
    currency,
    items: [...items].map(([itemId, [first]]) => {
      const ofItem = ({ lines }: Bill) => lines.filter((line) => line.itemId === itemId)
      return { itemId, description: first?.description ?? itemId, ...compare(ofItem(bill), ofItem(inForce)) }
    }),
    ...compare(bill.lines, inForce.lines),
  }
}
