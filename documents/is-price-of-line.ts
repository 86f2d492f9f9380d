import { Rational, type CurrencyCode } from '../core/index.ts'
import { parseDecimal } from './exact-quantity.ts'
import type { DocumentLine } from './invoice-document.ts'
import { isOneRounding } from './rules/sum-rules.ts'

/** Whether a line can say this price: not negative, of few decimals, and with the quantity it gives the amount. */
export function isPriceOfLine(
  line: Pick<DocumentLine, 'quantity' | 'netMinor'>,
  unitPrice: string,
  currency: CurrencyCode,
): boolean {
  const price = parseDecimal(unitPrice)
  return price !== undefined && price.compare(Rational.zero) >= 0 && isOneRounding(line, unitPrice, currency)
}
