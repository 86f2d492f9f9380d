/**
 * An invoice's lines and taxes as Stripe's lines: pure. A line is one whole amount, never quantity times price, and its tax is a whole
 * amount too, so Stripe has nothing to round. Our tax is that of each rate's sum; a line gets the share by which the rounded
 * running tax grows, so the shares of a rate add up to its tax exactly.
 *
 * Stripe takes 250 lines. Where there are more, lines of one tariff position are one line there, and if those are too many, lines of
 * one tax category; the full detail is the document that the memo links to.
 */
import type { Stripe } from 'stripe'
import { assertInvariant } from '../../core/index.ts'
import type { PushDocument, PushLine, PushTax } from './push-document.ts'

const MAX_STRIPE_LINES = 250
/** Stripe's limits for a line's description and a metadata value, in characters. */
const MAX_TEXT_LENGTH = 500

export type StripeLine = NonNullable<Stripe.InvoiceAddLinesParams['lines']>[number]

/** A line as it is sent, before its tax. */
type SentLine = Pick<PushLine, 'description' | 'taxCategory' | 'amountMinor' | 'period'> & {
  readonly metadata: Readonly<Record<string, string>>
}

export function toStripeLines(document: PushDocument): readonly StripeLine[] {
  const lines = sentLines(document)
  const taxes = spreadTaxes(document, lines)
  return lines.map((line, index) => ({
    amount: toNumber(line.amountMinor),
    description: shorten(line.description),
    period: toStripePeriod(line.period ?? { from: document.periodFrom, to: document.periodTo }),
    metadata: {
      ...line.metadata,
      ...(document.taxes.length > 0 && { tax: taxKeyOf(taxOf(document.taxes, line.taxCategory)) }),
    },
    ...taxes[index],
  }))
}

/** How many lines the document has at Stripe. */
export function countStripeLines(document: PushDocument): number {
  return sentLines(document).length
}

function sentLines({ lines, customer }: PushDocument): readonly SentLine[] {
  if (lines.length <= MAX_STRIPE_LINES) {
    return lines.map(({ description, taxCategory, amountMinor, period, ...line }) => ({
      description,
      taxCategory,
      amountMinor,
      period,
      metadata: {
        position: String(line.position),
        item_id: shorten(line.itemId),
        quantity: shorten(line.quantity),
        unit: shorten(line.unit),
        ...(line.unitPrice === null ? {} : { unit_price: shorten(line.unitPrice) }),
      },
    }))
  }
  const byPosition = groupLines(lines, (line) => JSON.stringify([line.itemId, line.taxCategory]))
  const groups =
    byPosition.length <= MAX_STRIPE_LINES ? byPosition : groupLines(lines, (line) => line.taxCategory)
  return groups.map((group) => {
    const [first] = group
    assertInvariant(first !== undefined, 'A group has a line.')
    const isOfPosition = groups === byPosition
    return {
      description: sayGroup[customer.language](isOfPosition ? first.description : undefined, group.length),
      taxCategory: first.taxCategory,
      amountMinor: group.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
      period: undefined,
      metadata: {
        line_count: String(group.length),
        ...(isOfPosition && { item_id: shorten(first.itemId) }),
      },
    }
  })
}

function groupLines(lines: readonly PushLine[], keyOf: (line: PushLine) => string) {
  return [...Map.groupBy(lines, keyOf).values()]
}

const sayGroup = {
  en: (name: string | undefined, count: number) =>
    name === undefined ? `${count} lines of the invoice` : `${name} (${count} lines of the invoice)`,
  de: (name: string | undefined, count: number) =>
    name === undefined ? `${count} Zeilen der Rechnung` : `${name} (${count} Zeilen der Rechnung)`,
}

type LineTax = { readonly tax_amounts?: StripeLine['tax_amounts'] & object }

/** By which a credit note finds the rate again that Stripe made for the invoice. */
export function taxKeyOf({ code, percent }: { readonly code: string; readonly percent: string }): string {
  return `${code} ${percent}`
}

function spreadTaxes(document: PushDocument, lines: readonly SentLine[]): readonly LineTax[] {
  const { taxes, prices, stepMinor, customer } = document
  if (taxes.length === 0) return lines.map(() => ({}))
  const shares = new Map<SentLine, bigint>()
  for (const tax of taxes) {
    const own = lines.filter((line) => taxOf(taxes, line.taxCategory) === tax)
    const spread = spreadTax(
      tax.taxMinor,
      own.map(({ amountMinor }) => amountMinor),
      stepMinor,
    )
    for (const [index, line] of own.entries()) shares.set(line, spread[index] ?? 0n)
  }
  return lines.map((line) => {
    const tax = taxOf(taxes, line.taxCategory)
    const share = shares.get(line) ?? 0n
    return {
      tax_amounts: [
        {
          amount: toNumber(share),
          taxable_amount: toNumber(prices === 'net' ? line.amountMinor : line.amountMinor - share),
          taxability_reason: reasons[tax.code],
          tax_rate_data: {
            display_name: customer.language === 'de' ? 'USt.' : 'VAT',
            percentage: Number(tax.percent),
            inclusive: prices === 'gross',
          },
        },
      ],
    }
  })
}

const reasons: Readonly<Record<PushTax['code'], string>> = {
  S: 'standard_rated',
  Z: 'zero_rated',
  E: 'product_exempt',
  AE: 'reverse_charge',
  O: 'not_subject_to_tax',
  G: 'zero_rated',
}

/** A document of one rate is all of that rate, whatever its categories are called. */
function taxOf(taxes: readonly PushTax[], category: string): PushTax {
  const tax = taxes.length === 1 ? taxes[0] : taxes.find(({ categories }) => categories.includes(category))
  assertInvariant(tax !== undefined, `The invoice has a tax for the lines of "${category}".`)
  return tax
}

/**
 * @param amountsMinor of a rate's lines, of any sign
 * @param stepMinor what each share is a multiple of, as `taxMinor` is
 */
export function spreadTax(
  taxMinor: bigint,
  amountsMinor: readonly bigint[],
  stepMinor: bigint,
): readonly bigint[] {
  const sum = amountsMinor.reduce((total, amount) => total + amount, 0n)
  if (sum === 0n) {
    // Whatever tax there is, which is none but for rounding, is on the first.
    return amountsMinor.map((_, index) => (index === 0 ? taxMinor : 0n))
  }
  let running = 0n
  let given = 0n
  return amountsMinor.map((amount) => {
    running += amount
    const reached = divideHalfUp(taxMinor * running, sum * stepMinor) * stepMinor
    const share = reached - given
    given = reached
    return share
  })
}

function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  const isNegative = numerator < 0n !== denominator < 0n
  const [n, d] = [abs(numerator), abs(denominator)]
  const rounded = (2n * n + d) / (2n * d)
  return isNegative ? -rounded : rounded
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}

/** Inclusive at both ends at Stripe; ours ends before `to`. */
function toStripePeriod({ from, to }: { readonly from: number; readonly to: number }) {
  return { start: Math.floor(from / 1000), end: Math.ceil(to / 1000) - 1 }
}

/** `assertSendable` has refused what a number does not carry exactly. */
export function toNumber(amountMinor: bigint): number {
  assertInvariant(Number.isSafeInteger(Number(amountMinor)), 'Amounts that are sent fit a number exactly.')
  return Number(amountMinor)
}

export function shorten(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`
}
