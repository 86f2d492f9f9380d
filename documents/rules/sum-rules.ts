/**
 * That the amounts add up: BR-CO-10 and -13 to -16. There are no allowances or charges on the level of the document, so the
 * net total is the sum of the lines (BR-CO-13 says the same as BR-CO-10 here); billing makes such amounts lines.
 */
import { getCurrency, moneyOf, moneyToDecimal, Rational, type CurrencyCode } from '../../core/index.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import { parseDecimal, parseQuantity } from '../exact-quantity.ts'
import { unless, type Violation } from './violation.ts'

export function checkSums(document: InvoiceDocument): readonly Violation[] {
  const { lines, taxGroups, totals } = document
  const lineSum = sum(lines.map(({ netMinor }) => netMinor))
  const taxSum = sum(taxGroups.map(({ taxMinor }) => taxMinor))
  const grossMinor = totals.netMinor + totals.taxMinor
  const payableMinor = totals.grossMinor - totals.paidMinor
  function isSum(rule: string, member: string, has: bigint, wanted: bigint, what: string) {
    const [shownHas, shownWanted] = [has, wanted].map((minor) =>
      moneyToDecimal(moneyOf(minor, document.currency)),
    )
    const detail = `Correct ${member}, which is ${shownHas}: ${what} is ${shownWanted}.`
    return unless(has === wanted, wrong(rule, `/totals/${member}`, detail))
  }
  return [
    ...isSum('BR-CO-10', 'netMinor', totals.netMinor, lineSum, 'the sum of the lines'),
    ...isSum('BR-CO-14', 'taxMinor', totals.taxMinor, taxSum, 'the sum of the tax groups'),
    ...isSum('BR-CO-15', 'grossMinor', totals.grossMinor, grossMinor, 'net and tax together'),
    ...isSum('BR-CO-16', 'payableMinor', totals.payableMinor, payableMinor, 'gross less what was paid'),
    ...lines.flatMap((line, index) => checkLine(line, index, document)),
  ]
}

function checkLine(line: DocumentLine, index: number, { currency }: InvoiceDocument): readonly Violation[] {
  if (line.unitPrice === null) return []
  const detail =
    `Correct line ${index + 1}: ${line.quantity} at ${line.unitPrice} is not ` +
    `${moneyToDecimal(moneyOf(line.netMinor, currency))}. Leave the unit price out where it does not say it all.`
  return unless(
    isOneRounding(line, line.unitPrice, currency),
    wrong('BT-131', `/lines/${index}/netMinor`, detail),
  )
}

/**
 * Whether the amount is quantity times price but for the one rounding, in whichever direction the tariff rounds. True of what cannot be read:
 * that is another rule's.
 */
export function isOneRounding(
  { quantity: quantityText, netMinor }: Pick<DocumentLine, 'quantity' | 'netMinor'>,
  unitPrice: string,
  currency: CurrencyCode,
): boolean {
  const quantity = parseQuantity(quantityText)
  const price = parseDecimal(unitPrice)
  if (quantity === undefined || price === undefined) return true
  const { minorDigits, settlementStep } = getCurrency(currency)
  const exactMinor = quantity.times(price).times(Rational.of(10n ** BigInt(minorDigits)))
  const difference = exactMinor.minus(Rational.of(netMinor))
  return (
    difference.compare(Rational.of(settlementStep)) < 0 &&
    difference.compare(Rational.of(-settlementStep)) > 0
  )
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}

function wrong(rule: string, pointer: string, detail: string): Violation {
  return { rule, code: 'document_sums_wrong', pointer, detail }
}
