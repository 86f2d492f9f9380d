/** What is sent to Stripe about a customer and an invoice, and what of an invoice Stripe can never take. Pure. */
import { createHash } from 'node:crypto'
import type { Stripe } from 'stripe'
import { DAY_MS, getCivilDate, getCurrency } from '../../core/index.ts'
import { minimumChargeOf } from './minimum-charges.ts'
import type { PushCustomer, PushDocument } from './push-document.ts'
import { PushProblem } from './push-problems.ts'
import { shorten, toStripeLines } from './stripe-lines.ts'

/** Stripe's limit for an invoice's number, in characters. */
const MAX_NUMBER_LENGTH = 26

/** @throws PushProblem when the document can never be sent as it is */
export function assertSendable(document: PushDocument): void {
  const { lines, totalMinor, stepMinor, number, taxes } = document
  const currency = getCurrency(document.currency.toUpperCase()).code
  const amounts = [totalMinor, ...lines.map(({ amountMinor }) => amountMinor)]
  const sum = amounts.reduce((total, amount) => total + (amount < 0n ? -amount : amount), 0n)
  if (!Number.isSafeInteger(Number(sum))) throw new PushProblem('amounts_too_large')
  if (amounts.some((amountMinor) => amountMinor % stepMinor !== 0n)) {
    throw new PushProblem('amount_between_steps', { stepMinor, currency })
  }
  const leastMinor = minimumChargeOf(currency)
  if (totalMinor > 0n && totalMinor < leastMinor) {
    throw new PushProblem('below_least_charge', { leastMinor, currency })
  }
  if (number.length > MAX_NUMBER_LENGTH) {
    throw new PushProblem('number_too_long', { characterCount: MAX_NUMBER_LENGTH })
  }
  if (taxes.some(({ percent }) => !/^\d{1,3}(?:\.\d{1,4})?$/.test(percent))) {
    throw new PushProblem('tax_rate_too_fine')
  }
}

export function customerParameters(customer: PushCustomer): Stripe.CustomerCreateParams {
  const taxId = toStripeTaxId(customer)
  return {
    ...customerDetails(customer),
    metadata: { customer_id: customer.id },
    ...(taxId && { tax_id_data: [taxId] }),
  }
}

/** What may change. */
export function customerDetails({ name, email, language, address, taxStatus }: PushCustomer) {
  const exemptions = { standard: 'none', exempt: 'exempt', reverse_charge: 'reverse' } as const
  const [line1, ...more] = address?.lines ?? []
  return {
    name: name.slice(0, 256),
    email,
    preferred_locales: [language],
    tax_exempt: exemptions[taxStatus ?? 'standard'],
    ...(address !== undefined && {
      address: {
        country: address.country,
        ...(address.city !== '' && { city: address.city }),
        ...(address.postalCode !== '' && { postal_code: address.postalCode }),
        ...(line1 !== undefined && line1 !== '' && { line1 }),
        ...(more.length > 0 && { line2: more.join(', ') }),
      },
    }),
  } satisfies Stripe.CustomerUpdateParams
}

/** Hash of all that Stripe is told of a customer; another one means that it is to be told again. */
export function customerHash(customer: PushCustomer): string {
  const content = [customerDetails(customer), toStripeTaxId(customer) ?? null]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

const vatTypes: readonly (readonly [pattern: RegExp, type: Stripe.CustomerCreateParams.TaxIdDatum.Type])[] = [
  [/^(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)/, 'eu_vat'],
  [/^GB/, 'gb_vat'],
  [/^CHE/, 'ch_vat'],
  [/^NO/, 'no_vat'],
]

/** Kinds of tax ids that are ours to keep up to date. */
export function isOurKind(type: string): boolean {
  return vatTypes.some(([, ours]) => ours === type)
}

/** Undefined for a number whose kind its form does not tell: our own document names it. */
export function toStripeTaxId({
  taxId = '',
}: PushCustomer): Stripe.CustomerCreateParams.TaxIdDatum | undefined {
  const value = taxId.replaceAll(/[ .-]/g, '').toUpperCase()
  const type = vatTypes.find(([pattern]) => pattern.test(value))?.[1]
  return type === undefined ? undefined : { type, value }
}

export function invoiceParameters(
  document: PushDocument,
  {
    stripeCustomerId,
    billUrl,
    now,
  }: { readonly stripeCustomerId: string; readonly billUrl: string | undefined; readonly now: number },
): Stripe.InvoiceCreateParams {
  const { customer } = document
  return {
    customer: stripeCustomerId,
    currency: document.currency,
    number: document.number,
    auto_advance: false,
    pending_invoice_items_behavior: 'exclude',
    collection_method: customer.collectionMethod,
    ...(customer.collectionMethod === 'send_invoice' && { days_until_due: daysUntilDue(document, now) }),
    description: sayMemo(document, billUrl),
    ...(customer.purchaseOrder !== undefined && {
      custom_fields: [
        {
          name: customer.language === 'de' ? 'Bestellnummer' : 'Purchase order',
          value: customer.purchaseOrder.slice(0, 140),
        },
      ],
    }),
    metadata: { invoice_id: document.invoiceId, content_hash: contentHash(document) },
  }
}

export function linesParameters(document: PushDocument): Stripe.InvoiceAddLinesParams {
  return { lines: [...toStripeLines(document)] }
}

/** To the end of the day until which our document asks for the money; at least one. */
function daysUntilDue({ dueOn, timeZone }: PushDocument, now: number): number {
  if (dueOn === undefined) return 1
  const end = getCivilDate(dueOn).add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds
  return Math.max(1, Math.floor((end - now) / DAY_MS))
}

const memos = {
  en: { use: 'For use from', to: 'to', detail: 'Every line explained' },
  de: { use: 'Für die Nutzung vom', to: 'bis', detail: 'Jede Zeile erklärt' },
}

/** One for each language and zone: making one costs more than all else that is said here. */
const dayFormats = new Map<string, Intl.DateTimeFormat>()

function dayFormatOf(language: 'en' | 'de', timeZone: string): Intl.DateTimeFormat {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  const known = dayFormats.get(`${locale} ${timeZone}`)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone })
  dayFormats.set(`${locale} ${timeZone}`, made)
  return made
}

function sayMemo(document: PushDocument, billUrl: string | undefined): string {
  const { periodFrom, periodTo, timeZone } = document
  const { language } = document.customer
  const memo = memos[language]
  const days = dayFormatOf(language, timeZone)
  const period = `${memo.use} ${days.format(periodFrom)} ${memo.to} ${days.format(periodTo - 1)} (${timeZone}).`
  return shorten(billUrl === undefined ? period : `${period} ${memo.detail}: ${billUrl}`)
}

/** SHA-256 in hex over what the customer owes and for what; shows at Stripe which content a document has. */
export function contentHash({ invoiceId, number, currency, totalMinor, lines }: PushDocument): string {
  const content = [
    invoiceId,
    number,
    currency,
    String(totalMinor),
    lines.map((line) => [
      String(line.position),
      line.itemId,
      line.description,
      line.quantity,
      line.unit,
      line.unitPrice,
      String(line.amountMinor),
    ]),
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
