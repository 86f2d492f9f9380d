/**
 * A line of the document as an InvoiceLine or CreditNoteLine.
 *
 * EN 16931 wants a price that is not negative (BR-27), so what is given back has a negative quantity. A line whose amount no
 * single price explains (tiers, minimums) says its amount as the price of its whole quantity, by `BaseQuantity`: exact, and
 * quantity times price is still the amount.
 */
import { moneyOf, Rational } from '../../core/index.ts'
import { toCivilPeriod } from '../civil-period.ts'
import { parseQuantity, toShortDecimal } from '../exact-quantity.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import { findUnitCode } from './unit-code.ts'
import { toXmlAmount } from './xml-amount.ts'
import { writePeriod, writeTaxCategory } from './xml-parts.ts'
import { element, textElement, type XmlNode } from './xml-writer.ts'

const PIECES = 'C62'

export function writeLine(line: DocumentLine, index: number, document: InvoiceDocument): XmlNode {
  const { kind, currency, timeZone } = document
  const isInvoice = kind === 'invoice'
  const { quantity, base, price } = priceOf(line, document)
  const unitCode = { unitCode: findUnitCode(line.unit) ?? PIECES }
  return element(isInvoice ? 'cac:InvoiceLine' : 'cac:CreditNoteLine', [
    textElement('cbc:ID', `${index + 1}`),
    textElement('cbc:Note', line.explanation),
    textElement(isInvoice ? 'cbc:InvoicedQuantity' : 'cbc:CreditedQuantity', quantity, unitCode),
    textElement('cbc:LineExtensionAmount', toXmlAmount(moneyOf(line.netMinor, currency)), {
      currencyID: currency,
    }),
    line.period === null ? null : writePeriod(toCivilPeriod(line.period, timeZone)),
    // BT-128, the object that the line is about; 130 is the code list's word for that.
    line.scopeMember === null
      ? null
      : element('cac:DocumentReference', [
          textElement('cbc:ID', line.scopeMember),
          textElement('cbc:DocumentTypeCode', '130'),
        ]),
    element('cac:Item', [
      textElement('cbc:Name', nameOf(line)),
      writeTaxCategory('cac:ClassifiedTaxCategory', line.tax, null),
    ]),
    element('cac:Price', [
      textElement('cbc:PriceAmount', price, { currencyID: currency }),
      textElement('cbc:BaseQuantity', base, unitCode),
    ]),
  ])
}

function nameOf({ description, unit }: DocumentLine): string {
  return findUnitCode(unit) === undefined ? `${description} (${unit})` : description
}

type Price = { readonly quantity: string; readonly base: string | null; readonly price: string }

function priceOf(line: DocumentLine, { currency }: InvoiceDocument): Price {
  const quantity = parseQuantity(line.quantity) ?? Rational.zero
  if (line.unitPrice !== null)
    return { quantity: toShortDecimal(quantity), base: null, price: line.unitPrice }
  const sign = line.netMinor < 0n ? -1n : 1n
  const price = toXmlAmount(moneyOf(line.netMinor * sign, currency))
  const magnitude = toShortDecimal(magnitudeOf(quantity))
  // Nothing was used and yet there is an amount, a minimum for instance: that is charged once.
  if (magnitude === '0') return { quantity: line.netMinor === 0n ? '0' : `${sign}`, base: null, price }
  return { quantity: sign < 0n ? `-${magnitude}` : magnitude, base: magnitude, price }
}

function magnitudeOf(quantity: Rational): Rational {
  return quantity.compare(Rational.zero) < 0 ? Rational.zero.minus(quantity) : quantity
}
