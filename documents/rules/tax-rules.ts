/**
 * The rules of the tax categories: BR-S-*, BR-Z-*, BR-E-*, BR-AE-*, BR-G-* and BR-O-*, which number the same things alike:
 * 01 each category and rate of a line has its group, once; 02 the parties are named by their VAT numbers; 05 the rate;
 * 08 the group's net is the sum of its lines; 09 its tax; 10 why there is none. BR-O-02 is kept by the XML, which
 * leaves VAT numbers out of a document outside the scope of VAT.
 */
import { getCurrency, moneyOf, moneyToDecimal, Rational } from '../../core/index.ts'
import { parseDecimal } from '../exact-quantity.ts'
import type { InvoiceDocument, TaxCategory, TaxGroup } from '../invoice-document.ts'
import { isVatNumber } from '../vat-number.ts'
import { isBlank, unless, type Violation } from './violation.ts'

export function checkTaxes(document: InvoiceDocument): readonly Violation[] {
  const { lines, taxGroups } = document
  const groupKeys = taxGroups.map(({ tax }) => keyOf(tax))
  return [
    ...lines.flatMap(({ tax }, index) => [
      ...checkRate(tax, `/lines/${index}/tax`),
      ...unless(
        groupKeys.includes(keyOf(tax)),
        invalid(tax, '01', `/lines/${index}/tax`, `Add the tax group ${say(tax)} of line ${index + 1}.`),
      ),
    ]),
    ...taxGroups.flatMap((group, index) => [
      ...checkRate(group.tax, `/taxGroups/${index}/tax`),
      ...unless(
        groupKeys.indexOf(keyOf(group.tax)) === index,
        invalid(
          group.tax,
          '01',
          `/taxGroups/${index}`,
          `Make one tax group of all lines with ${say(group.tax)}.`,
        ),
      ),
      ...checkGroup(group, `/taxGroups/${index}`, document),
    ]),
    ...checkParties(document),
    ...checkOutsideScope(document),
  ]
}

function checkGroup(group: TaxGroup, pointer: string, document: InvoiceDocument): readonly Violation[] {
  const { tax } = group
  const netMinor = document.lines
    .filter((line) => keyOf(line.tax) === keyOf(tax))
    .reduce((total, line) => total + line.netMinor, 0n)
  const shownNet = moneyToDecimal(moneyOf(netMinor, document.currency))
  return [
    ...unless(
      group.netMinor === netMinor,
      invalid(
        tax,
        '08',
        `${pointer}/netMinor`,
        `Correct the net amount of ${say(tax)}: its lines sum to ${shownNet}.`,
      ),
    ),
    ...unless(
      isRoundedTax(group, document),
      invalid(
        tax,
        '09',
        `${pointer}/taxMinor`,
        `Correct the tax of ${say(tax)}: it is the rate of the net amount, rounded.`,
      ),
    ),
    ...checkExemption(group, pointer),
  ]
}

/**
 * To the nearest; a tie may go either way, as rounding modes differ. Where prices hold the tax, it is rounded out of the gross amount and
 * the net amount bears that rounding too, so the tolerance is half a step and the tax of half a step. What several credit notes give back of an
 * invoice adds up to its tax: the tax of one is what the rounded sum grew by, which bears the rounding twice.
 */
function isRoundedTax({ tax, netMinor, taxMinor }: TaxGroup, { kind, currency }: InvoiceDocument): boolean {
  const rate = tax.ratePercent === null ? Rational.zero : parseDecimal(tax.ratePercent)
  if (rate === undefined) return true
  const exactMinor = rate.times(Rational.of(netMinor, 100n))
  const twice = exactMinor.minus(Rational.of(taxMinor)).times(Rational.of(2n))
  const { settlementStep } = getCurrency(currency)
  const halfSteps = rate.dividedBy(Rational.of(100n)).plus(Rational.of(1n)).times(Rational.of(settlementStep))
  const tolerance = kind === 'credit_note' ? halfSteps.times(Rational.of(2n)) : halfSteps
  return twice.compare(tolerance) <= 0 && twice.compare(Rational.zero.minus(tolerance)) >= 0
}

function checkExemption({ tax, exemptionNote }: TaxGroup, pointer: string): readonly Violation[] {
  const isTaxed = tax.code === 'S' || tax.code === 'Z'
  const detail = isTaxed
    ? `Leave out the exemption note of ${say(tax)}: it is for lines without tax.`
    : `Say in the exemption note why ${say(tax)} has no tax, for instance by naming the law's paragraph.`
  return unless(isTaxed === isBlank(exemptionNote), invalid(tax, '10', `${pointer}/exemptionNote`, detail))
}

function checkRate(tax: TaxCategory, pointer: string): readonly Violation[] {
  if (tax.code === 'O') {
    const detail = 'Leave the rate out: what is outside the scope of VAT has none.'
    return unless(tax.ratePercent === null, invalid(tax, '05', `${pointer}/ratePercent`, detail))
  }
  const rate = tax.ratePercent === null ? undefined : parseDecimal(tax.ratePercent)
  const [isRight, wanted] =
    tax.code === 'S'
      ? [rate !== undefined && rate.compare(Rational.zero) > 0, 'a decimal above zero such as "19"']
      : [rate !== undefined && rate.compare(Rational.zero) === 0, '"0"']
  const detail = `Give the rate of category ${tax.code} as ${wanted}.`
  return unless(isRight, invalid(tax, '05', `${pointer}/ratePercent`, detail))
}

function checkParties({ lines, seller, buyer }: InvoiceDocument): readonly Violation[] {
  const taxed = lines.map(({ tax }) => tax).find(({ code }) => code !== 'O')
  const reversed = lines.map(({ tax }) => tax).find(({ code }) => code === 'AE')
  const needsSeller = taxed !== undefined && isBlank(seller.vatNumber) && isBlank(seller.taxNumber)
  const needsBuyer = reversed !== undefined && (buyer.taxId === null || !isVatNumber(buyer.taxId))
  return [
    ...(needsSeller
      ? [invalid(taxed, '02', '/seller/vatNumber', "Enter the manufacturer's VAT number or tax number.")]
      : []),
    ...(needsBuyer
      ? [
          invalid(
            reversed,
            '02',
            '/buyer/taxId',
            'Enter the customer\'s VAT number with its country, such as "FR12345678901": the customer owes the tax.',
          ),
        ]
      : []),
  ]
}

function checkOutsideScope({ lines, taxGroups, seller }: InvoiceDocument): readonly Violation[] {
  const outside = [...lines, ...taxGroups].map(({ tax }) => tax).find(({ code }) => code === 'O')
  if (outside === undefined) return []
  return [
    ...unless(
      taxGroups.every(isOutsideScope),
      invalid(outside, '11', '/taxGroups', 'Put what is outside the scope of VAT on an invoice of its own.'),
    ),
    ...unless(
      lines.every(isOutsideScope),
      invalid(outside, '12', '/lines', 'Put what is outside the scope of VAT on an invoice of its own.'),
    ),
    // VAT numbers may not stand in such a document (BR-O-02), so something else must name the seller (BR-CO-26).
    ...unless(!isBlank(seller.registrationNumber) || !isBlank(seller.taxNumber), {
      rule: 'BR-CO-26',
      code: 'document_incomplete',
      pointer: '/seller/registrationNumber',
      detail:
        "Enter the manufacturer's register number or tax number: outside the scope of VAT no VAT number may name it.",
    }),
  ]
}

function isOutsideScope({ tax }: { readonly tax: TaxCategory }): boolean {
  return tax.code === 'O'
}

/** "19" and "19.0" are one rate. */
function keyOf({ code, ratePercent }: TaxCategory): string {
  const rate = ratePercent === null ? undefined : parseDecimal(ratePercent)
  return `${code} ${rate === undefined ? ratePercent : rate.toString()}`
}

function say({ code, ratePercent }: TaxCategory): string {
  return ratePercent === null ? `category ${code}` : `category ${code} at ${ratePercent} %`
}

function invalid({ code }: TaxCategory, rule: string, pointer: string, detail: string): Violation {
  return { rule: `BR-${code}-${rule}`, code: 'document_tax_invalid', pointer, detail }
}
