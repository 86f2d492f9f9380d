/**
 * Random documents that a billing run could make: any lines in any tax categories that may stand together, amounts summed and
 * taxed by straightforward arithmetic of its own.
 */
import fc from 'fast-check'
import { getCurrency, Rational, roundToMoney } from '../../core/index.ts'
import type { DocumentLine, InvoiceDocument, TaxCategory, TaxGroup } from '../invoice-document.ts'
import { exampleInvoice, exampleSeller } from './example-documents.ts'

const taxedCategories: readonly TaxCategory[] = [
  { code: 'S', ratePercent: '19' },
  { code: 'S', ratePercent: '8.1' },
  { code: 'Z', ratePercent: '0' },
  { code: 'E', ratePercent: '0' },
  { code: 'AE', ratePercent: '0' },
]
const outsideScope: TaxCategory = { code: 'O', ratePercent: null }

const name = fc.constantFrom(
  'Müller & Söhne <GmbH>',
  'Żółć i Łoś Sp. z o.o.',
  'Ανώνυμη Εταιρεία "Ζεύς"',
  'Čeněk Říha, s.r.o.',
  'Ђорђевић д.о.о.',
  "L'Atelier d'Œuvres",
)

const line = (category: fc.Arbitrary<TaxCategory>, currency: string): fc.Arbitrary<DocumentLine> =>
  fc
    .record({
      description: fc.oneof(name, fc.constant('Run time '.repeat(30))),
      thousandths: fc.integer({ min: -9_999_999, max: 99_999_999 }),
      price: fc.option(fc.constantFrom('0', '0.12', '0.123456789012', '4.9', '1250')),
      unit: fc.constantFrom('', 'min', 'kWh', 'washes'),
      otherMinor: fc.bigInt(-1_000_000n, 100_000_000n),
      tax: category,
      explanation: fc.option(name),
      scopeMember: fc.option(fc.constantFrom('drill-1', 'site-north')),
    })
    .map(({ thousandths, price, otherMinor, ...rest }) => {
      const quantity = Rational.of(BigInt(thousandths), 1000n)
      const { code, settlementStep } = getCurrency(currency)
      const netMinor =
        price === null
          ? (otherMinor / settlementStep) * settlementStep
          : roundToMoney(quantity.times(Rational.parseDecimal(price)), code, 'half_even').amountMinor
      return { ...rest, quantity: quantity.toString(), unitPrice: price, netMinor, period: null }
    })

/** A document that satisfies every rule, if the arithmetic above is right. */
export const randomDocument: fc.Arbitrary<InvoiceDocument> = fc
  .record({
    currency: fc.constantFrom('EUR', 'PLN', 'JPY', 'KWD', 'ISK'),
    isOutsideScope: fc.boolean(),
    isCreditNote: fc.boolean(),
    language: fc.constantFrom('en' as const, 'de' as const),
    paidMinor: fc.constantFrom(0n, 1000n),
    seller: name,
    buyer: name,
    billUrl: fc.option(fc.constant('https://bills.example/i/1?a=b&c=d')),
  })
  .chain(({ currency, isOutsideScope, isCreditNote, language, paidMinor, seller, buyer, billUrl }) =>
    fc
      .array(
        line(isOutsideScope ? fc.constant(outsideScope) : fc.constantFrom(...taxedCategories), currency),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((lines): InvoiceDocument => {
        const taxGroups = groupTaxes(lines, currency)
        const netMinor = sum(lines.map((each) => each.netMinor))
        const taxMinor = sum(taxGroups.map((each) => each.taxMinor))
        const grossMinor = netMinor + taxMinor
        return {
          ...exampleInvoice,
          kind: isCreditNote ? 'credit_note' : 'invoice',
          corrects: isCreditNote ? { number: 'R-1', issuedOn: '2026-10-31' } : null,
          currency: getCurrency(currency).code,
          language,
          billUrl,
          seller: { ...exampleSeller, legalName: seller },
          buyer: { ...exampleInvoice.buyer, legalName: buyer },
          lines,
          taxGroups,
          totals: { netMinor, taxMinor, grossMinor, paidMinor, payableMinor: grossMinor - paidMinor },
        }
      }),
  )

function groupTaxes(lines: readonly DocumentLine[], currency: string): readonly TaxGroup[] {
  const { code, minorDigits } = getCurrency(currency)
  return [...new Set(lines.map(({ tax }) => tax))].map((tax) => {
    const netMinor = sum(lines.filter((each) => each.tax === tax).map((each) => each.netMinor))
    const exactTax = Rational.parseDecimal(tax.ratePercent ?? '0').times(
      Rational.of(netMinor, 100n * 10n ** BigInt(minorDigits)),
    )
    const isTaxed = tax.code === 'S' || tax.code === 'Z'
    return {
      tax,
      netMinor,
      taxMinor: roundToMoney(exactTax, code, 'half_up').amountMinor,
      exemptionNote: isTaxed ? null : 'By law.',
    }
  })
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
