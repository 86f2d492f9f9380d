/** What a credit note says: who and when as of its issue, what and why from its own lines, the period and zone of its invoice. */
import type { Transaction } from 'kysely'
import type { InvoiceId, ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { assertInvoiceDocument, type InvoiceDocument } from '../../documents/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { ComposedCredit, Creditable } from '../credit-notes/credit-note-types.ts'
import { toTaxGroup } from '../invoices/invoice-taxes.ts'
import { buildDocument, civilDateIn } from './build-document.ts'
import { parseDocument } from './document-json.ts'
import type { LinesTax } from './document-lines.ts'
import { readParties } from './read-parties.ts'

export type CreditNoteFacts = {
  readonly manufacturerId: ManufacturerId
  readonly customerId: string
  readonly invoice: Creditable
  readonly number: string
  readonly reason: string
  readonly credit: ComposedCredit
}

const sayReason = { en: 'Reason', de: 'Grund' }

/**
 * Undefined where the invoice has no document: it is from before there were any.
 * @throws AppError `document_…`: what its documents could not say keeps a credit note from being issued
 */
export async function documentOfCreditNote(
  { clock, billUrlOf }: Pick<BillingContext, 'clock' | 'billUrlOf'>,
  transaction: Transaction<LedgerTables>,
  { manufacturerId, customerId, invoice, number, reason, credit }: CreditNoteFacts,
): Promise<InvoiceDocument | undefined> {
  const corrected = await readInvoiceDocument(transaction, invoice.invoiceId)
  if (corrected === undefined) return undefined
  const { servicePeriod, timeZone } = corrected
  const parties = await readParties(transaction, manufacturerId, customerId)
  const document = buildDocument(parties, {
    kind: 'credit_note',
    number,
    corrects: { number: invoice.number, issuedOn: corrected.issuedOn },
    issuedOn: civilDateIn(timeZone, clock.now()),
    dueOn: null,
    servicePeriod,
    timeZone,
    currency: invoice.currency,
    lines: credit.lines.map(({ description, amountMinor, taxCategory, period }) => ({
      description,
      quantity: '1',
      unit: '',
      unitPrice: null,
      amountMinor,
      taxCategory,
      period: period ?? null,
      explanation: null,
      scopeMember: null,
    })),
    tax: await taxOfCredit(transaction, invoice, credit),
    billUrl: billUrlOf(invoice.invoiceId) ?? null,
    notes: [`${sayReason[parties.language]}: ${reason}`],
  })
  assertInvoiceDocument(document)
  return document
}

async function readInvoiceDocument(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
): Promise<InvoiceDocument | undefined> {
  const row = await transaction
    .selectFrom('issued_documents')
    .select('content')
    .where('id', '=', invoiceId)
    .executeTakeFirst()
  return row && parseDocument(row.content)
}

/** The rates of what is given back, with what the invoice says of them. */
async function taxOfCredit(
  transaction: Transaction<LedgerTables>,
  { invoiceId, prices, currency, rates }: Creditable,
  { lines, taxes, taxMinor, totalMinor }: ComposedCredit,
): Promise<LinesTax & { readonly netMinor: bigint; readonly taxMinor: bigint; readonly grossMinor: bigint }> {
  const rows = await transaction
    .selectFrom('invoice_taxes')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .orderBy('position')
    .execute()
  const invoiced = rows.map((row) => toTaxGroup(row, currency))
  const groups = taxes.map(({ code, percent, netMinor, taxMinor: taxOfRate }) => {
    const isSame = (other: { readonly code: string; readonly percent: string }) =>
      other.code === code && other.percent === percent
    const { categories } = rates.find(({ rate }) => rate !== undefined && isSame(rate)) ?? {}
    const named = categories ?? [...new Set(lines.map(({ taxCategory }) => taxCategory))]
    return {
      code,
      percent,
      netMinor,
      taxMinor: taxOfRate,
      notes: invoiced.find(isSame)?.notes ?? [],
      explanation: { categories: named.map((category) => ({ category })) },
    }
  })
  return { prices, groups, netMinor: totalMinor - taxMinor, taxMinor, grossMinor: totalMinor }
}
