/**
 * From what is asked for to an issued credit note, within the caller's transaction: note, lines, taxes, number, issued, document, and the
 * entry in the audit trail. If the transaction is undone the number was not used.
 *
 * The amounts are composed from what the transaction sees, and the ledger's triggers check them once more: a credit note sums
 * up, and all credit notes of an invoice stay within it. What its tax is: billing/README.md.
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertInvariant,
  formatInstant,
  generateId,
  type CreditNoteId,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { ChangingContext } from '../billing-context.ts'
import { documentOfCreditNote } from '../documents/document-of-credit-note.ts'
import { freezeDocument } from '../documents/freeze-document.ts'
import { issuesOfReason, refuseInput } from '../input-check.ts'
import { composeCredit } from './compose-credit.ts'
import type { AskedCredit, ComposedCredit, Creditable, CreditNoteKind } from './credit-note-types.ts'
import { creditableRest } from './read-creditable.ts'

export type IssueCreditNoteInput = {
  readonly manufacturerId: ManufacturerId
  readonly invoiceId: InvoiceId
  readonly kind: CreditNoteKind
  /** Shown on the document and kept in the trail. */
  readonly reason: string
  readonly credit: AskedCredit
}

export type IssuedCreditNote = {
  readonly creditNoteId: CreditNoteId
  readonly number: string
  readonly taxMinor: bigint
  readonly totalMinor: bigint
}

/**
 * Does not open or end the transaction, and does not turn refusals of triggers into errors: `withLedgerErrors` around it does.
 * @throws AppError `invoice_not_found`, `invoice_not_creditable`, `credit_exceeds_invoice`, `credit_exceeds_line`,
 * `billing_input_invalid`, `document_…` for what its documents could not say
 */
export async function issueCreditNote(
  transaction: Transaction<LedgerTables>,
  context: Pick<ChangingContext, 'actor' | 'clock' | 'randomBytes' | 'billUrlOf' | 'onInvoiceChanged'>,
  { manufacturerId, invoiceId, kind, reason, credit }: IssueCreditNoteInput,
): Promise<IssuedCreditNote> {
  refuseInput(issuesOfReason(reason))
  const invoice = await creditableRest(transaction, manufacturerId, invoiceId)
  const { customer_id: customerId, language } = await transaction
    .selectFrom('invoices')
    .innerJoin('customers', 'customers.id', 'invoices.customer_id')
    .select(['invoices.customer_id', 'customers.language'])
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  const composed = composeCredit(invoice, credit, (percent) => sayWhole[language](invoice.number, percent))
  const creditNoteId = generateId('credit_note', context.randomBytes)
  const now = context.clock.now()
  await transaction
    .insertInto('credit_notes')
    .values({
      id: creditNoteId,
      manufacturer_id: manufacturerId,
      customer_id: customerId,
      invoice_id: invoiceId,
      kind,
      number: null,
      reason,
      currency: invoice.currency,
      prices: invoice.prices,
      tax_minor: composed.taxMinor,
      total_minor: composed.totalMinor,
      created_at: now,
      issued_at: null,
    })
    .execute()
  await insertContent(transaction, creditNoteId, composed)
  const number = await takeCreditNumber(transaction, manufacturerId)
  await transaction
    .updateTable('credit_notes')
    .set({ number, issued_at: now })
    .where('id', '=', creditNoteId)
    .execute()
  const facts = { manufacturerId, customerId, invoice, number, reason, credit: composed }
  const document = await documentOfCreditNote(context, transaction, facts)
  if (document !== undefined) {
    await freezeDocument(transaction, { id: creditNoteId, manufacturerId, customerId, at: now }, document)
  }
  const { taxMinor, totalMinor } = composed
  await recordChange(transaction, {
    manufacturerId,
    actor: context.actor,
    action: 'credit_note.issued',
    subject: { kind: 'credit_note', id: creditNoteId },
    after: { number, kind, customerId, ...describe(invoice, composed) },
    reason,
    at: now,
  })
  await context.onInvoiceChanged(transaction, invoiceId)
  return { creditNoteId, number, taxMinor, totalMinor }
}

const sayWhole = {
  en: (number: string, percent: string | undefined) =>
    `Credit on invoice ${number}${percent === undefined ? '' : `, taxed at ${percent} %`}`,
  de: (number: string, percent: string | undefined) =>
    `Gutschrift zu Rechnung ${number}${percent === undefined ? '' : `, zum Steuersatz ${percent.replace('.', ',')} %`}`,
} as const

async function insertContent(
  transaction: Transaction<LedgerTables>,
  creditNoteId: CreditNoteId,
  { lines, taxes }: ComposedCredit,
): Promise<void> {
  for (const [index, line] of lines.entries()) {
    await transaction
      .insertInto('credit_note_lines')
      .values({
        credit_note_id: creditNoteId,
        position: index + 1,
        invoice_position: line.invoicePosition ?? null,
        item_id: line.itemId ?? null,
        description: line.description,
        tax_category: line.taxCategory,
        amount_minor: line.amountMinor,
        period_from_at: line.period?.from ?? null,
        period_to_at: line.period?.to ?? null,
      })
      .execute()
  }
  for (const [index, { code, percent, netMinor, taxMinor }] of taxes.entries()) {
    await transaction
      .insertInto('credit_note_taxes')
      .values({
        credit_note_id: creditNoteId,
        position: index + 1,
        code,
        percent,
        net_minor: netMinor,
        tax_minor: taxMinor,
      })
      .execute()
  }
}

/** A series of its own, so that neither has a gap where the other goes on: "ACME-C-000001". */
async function takeCreditNumber(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<string> {
  const series = await transaction
    .insertInto('credit_note_series')
    .values({ manufacturer_id: manufacturerId, next_number: 2 })
    .onConflict((conflict) =>
      conflict
        .column('manufacturer_id')
        .doUpdateSet((all) => ({ next_number: all('credit_note_series.next_number', '+', 1n) })),
    )
    .returning('next_number')
    .executeTakeFirstOrThrow()
  const { invoice_prefix } = await transaction
    .selectFrom('manufacturers')
    .select('invoice_prefix')
    .where('id', '=', manufacturerId)
    .executeTakeFirstOrThrow()
  const number = series.next_number - 1n
  assertInvariant(number >= 1n, 'Numbers of credit notes begin at 1.')
  return `${invoice_prefix}-C-${number.toString().padStart(6, '0')}`
}

function describe({ invoiceId, number, currency }: Creditable, composed: ComposedCredit): object {
  return {
    invoiceId,
    invoiceNumber: number,
    currency,
    taxMinor: composed.taxMinor.toString(),
    totalMinor: composed.totalMinor.toString(),
    lines: composed.lines.map(
      ({ invoicePosition, itemId, description, taxCategory, amountMinor, period }) => ({
        invoicePosition: invoicePosition ?? null,
        itemId: itemId ?? null,
        description,
        taxCategory,
        amountMinor: amountMinor.toString(),
        period:
          period === undefined ? null : { from: formatInstant(period.from), to: formatInstant(period.to) },
      }),
    ),
  }
}
