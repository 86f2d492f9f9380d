/** An amount as EN 16931 writes it: a plain decimal, with at most two decimals where the rest are zeros (BR-DEC-*). */
import { moneyToDecimal, type Money } from '../../core/index.ts'

export function toXmlAmount(money: Money): string {
  return moneyToDecimal(money).replace(/(\.\d\d)0+$/, '$1')
}
