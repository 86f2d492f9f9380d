/**
 * An issued invoice as it is sent to Stripe: our integers, our number, nothing that Stripe could compute differently.
 * Lines are amounts, never quantity times price, so that Stripe has nothing to round. Tax that comes on top of net prices is a line for each
 * rate, after the others: what Stripe asks for is our total.
 */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import {
  assertInvariant,
  getCurrency,
  moneyOf,
  moneyToDecimal,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'

const MAX_STRIPE_LINES = 250
/** Stripe's limits for a line's description and a metadata value, in characters. */
const MAX_TEXT_LENGTH = 500

export type PushLine = {
  readonly position: bigint
  readonly itemId: string
  readonly description: string
  readonly quantity: string
  readonly unit: string
  readonly unitPrice: string | null
  readonly amountMinor: bigint
}

export type PushDocument = {
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  /** Withdrawn here after it was issued. */
  readonly isVoid: boolean
  readonly number: string
  readonly currency: string
  readonly totalMinor: bigint
  readonly issuedAt: number
  readonly periodFrom: number
  readonly periodTo: number
  readonly customer: { readonly id: string; readonly name: string; readonly email: string }
  readonly lines: readonly PushLine[]
}

/** @throws InvariantError unless the invoice is there and issued */
export async function readPushDocument(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
): Promise<PushDocument> {
  const row = await ledger
    .selectFrom('invoices')
    .innerJoin('customers', 'customers.id', 'invoices.customer_id')
    .select(['invoices.manufacturer_id', 'status', 'number', 'invoices.currency', 'total_minor', 'issued_at'])
    .select('prices')
    .select(['period_from_at', 'period_to_at', 'customer_id', 'name', 'email'])
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirst()
  assertInvariant(
    row !== undefined && row.number !== null && row.issued_at !== null,
    `Only an issued invoice goes to Stripe; ${invoiceId} is none.`,
  )
  const lines = await ledger
    .selectFrom('invoice_lines')
    .select(['position', 'item_id', 'description', 'quantity', 'unit', 'unit_price', 'amount_minor'])
    .where('invoice_id', '=', invoiceId)
    .orderBy('position')
    .execute()
  return {
    invoiceId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    isVoid: row.status === 'void',
    number: row.number,
    currency: row.currency.toLowerCase(),
    totalMinor: row.total_minor,
    issuedAt: row.issued_at,
    periodFrom: row.period_from_at,
    periodTo: row.period_to_at,
    customer: { id: row.customer_id, name: row.name, email: row.email },
    lines: [
      ...lines.map((line) => ({
        position: line.position,
        itemId: line.item_id,
        description: line.description,
        quantity: line.quantity,
        unit: line.unit,
        unitPrice: line.unit_price,
        amountMinor: line.amount_minor,
      })),
      ...(row.prices === 'net' ? await readTaxLines(ledger, invoiceId, row.currency, lines.length) : []),
    ],
  }
}

async function readTaxLines(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
  currency: string,
  lineCount: number,
): Promise<readonly PushLine[]> {
  const taxes = await ledger
    .selectFrom('invoice_taxes')
    .select(['percent', 'net_minor', 'tax_minor'])
    .where('invoice_id', '=', invoiceId)
    .where('tax_minor', '<>', 0n)
    .orderBy('position')
    .execute()
  return taxes.map(({ percent, net_minor, tax_minor }, index) => {
    const net = moneyToDecimal(moneyOf(net_minor, getCurrency(currency).code))
    return {
      position: BigInt(lineCount + index + 1),
      itemId: 'tax',
      description: `VAT ${percent} % on ${net} ${currency}`,
      quantity: percent,
      unit: '%',
      unitPrice: null,
      amountMinor: tax_minor,
    }
  })
}

/** One sentence when the document can never be sent as it is. */
export function findDocumentProblem({ lines, totalMinor }: PushDocument): string | undefined {
  if (lines.length > MAX_STRIPE_LINES) {
    return `Stripe takes at most ${MAX_STRIPE_LINES} lines and this invoice has ${lines.length}; send it another way.`
  }
  const amounts = [totalMinor, ...lines.map(({ amountMinor }) => amountMinor)]
  if (amounts.some((amountMinor) => !Number.isSafeInteger(Number(amountMinor)))) {
    return 'An amount of this invoice is larger than Stripe can be told exactly; send it another way.'
  }
}

export function customerParameters({ customer }: PushDocument): Stripe.CustomerCreateParams {
  return { name: customer.name, email: customer.email, metadata: { customer_id: customer.id } }
}

export function invoiceParameters(
  document: PushDocument,
  stripeCustomerId: string,
): Stripe.InvoiceCreateParams {
  return {
    customer: stripeCustomerId,
    currency: document.currency,
    number: document.number,
    auto_advance: false,
    collection_method: 'charge_automatically',
    pending_invoice_items_behavior: 'exclude',
    metadata: { invoice_id: document.invoiceId, content_hash: contentHash(document) },
  }
}

/** A line's period is inclusive at both ends at Stripe; ours ends before `periodTo`. */
export function linesParameters(document: PushDocument): Stripe.InvoiceAddLinesParams {
  const period = {
    start: Math.floor(document.periodFrom / 1000),
    end: Math.ceil(document.periodTo / 1000) - 1,
  }
  return {
    lines: document.lines.map((line) => ({
      amount: Number(line.amountMinor),
      description: shorten(line.description),
      period,
      metadata: {
        position: String(line.position),
        item_id: shorten(line.itemId),
        quantity: shorten(line.quantity),
        unit: shorten(line.unit),
        ...(line.unitPrice === null ? {} : { unit_price: shorten(line.unitPrice) }),
      },
    })),
  }
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

function shorten(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`
}
