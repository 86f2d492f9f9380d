/** Credit notes: reading them, and issuing one by decision of a person. */
import type { Kysely, Selectable } from 'kysely'
import {
  assertInvariant,
  type CreditNoteId,
  type CurrencyCode,
  type CustomerId,
  type InvoiceId,
  type ManufacturerId,
  type Tenant,
} from '../../core/index.ts'
import { holdsText, readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import { readProgress } from '../documents/read-documents.ts'
import { assertPageLimit } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { creditNoteSorts, type CreditNoteFilter } from './credit-note-sorts.ts'
import type { CreditNote, CreditNoteLine } from './credit-note-types.ts'
import type { CreditNoteChanges, CreditNoteReads } from './credit-note-verbs.ts'
import { issueCreditNote } from './issue-credit-note.ts'

type LineRow = Selectable<LedgerTables['credit_note_lines']>
type TaxRow = Selectable<LedgerTables['credit_note_taxes']>
type NoteRow = Selectable<LedgerTables['credit_notes']> & { readonly invoice_number: string | null }

export function creditNoteReads({ ledger }: BillingContext): CreditNoteReads {
  return {
    async listCreditNotes(tenant, { after, limit, sort, ...filter }) {
      assertPageLimit(limit)
      const own = tenantLedger(ledger, tenant)
      const page = { after, limit, sort }
      const { items, nextAfter } = await readSortedPage(selectNotes(own, filter), creditNoteSorts, page)
      return { items: await toCreditNotes(own, items), nextAfter }
    },

    findCreditNote: (tenant, creditNoteId) => findCreditNote(ledger, tenant, creditNoteId),
  }
}

export function creditNoteChanges(context: ChangingContext): CreditNoteChanges {
  return {
    async creditInvoice(manufacturerId, invoiceId, input) {
      return await withLedgerErrors(() =>
        context.ledger.transaction().execute(async (transaction) => {
          const { creditNoteId } = await issueCreditNote(transaction, context, {
            manufacturerId,
            invoiceId: invoiceId as InvoiceId,
            ...input,
          })
          await context.onMade(transaction, creditNoteId)
          const note = await findCreditNote(transaction, manufacturerId, creditNoteId)
          assertInvariant(note !== undefined, 'A credit note that was just issued is there.')
          return note
        }),
      )
    },
  }
}

async function findCreditNote(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  creditNoteId: string,
): Promise<CreditNote | undefined> {
  const own = tenantLedger(ledger, tenant)
  const rows = await selectNotes(own).where('credit_notes.id', '=', creditNoteId).execute()
  const [note] = await toCreditNotes(own, rows)
  return note
}

function selectNotes(
  ledger: Kysely<LedgerTables>,
  { customerId, contractId, invoiceId, kind, issued, text }: CreditNoteFilter = {},
) {
  let query = ledger
    .selectFrom('credit_notes')
    .innerJoin('invoices', 'invoices.id', 'credit_notes.invoice_id')
    .selectAll('credit_notes')
    .select('invoices.number as invoice_number')
    .where('credit_notes.issued_at', 'is not', null)
  if (customerId !== undefined) query = query.where('credit_notes.customer_id', '=', customerId)
  if (contractId !== undefined) query = query.where('invoices.contract_id', '=', contractId)
  if (invoiceId !== undefined) query = query.where('credit_notes.invoice_id', '=', invoiceId)
  if (kind !== undefined) query = query.where('credit_notes.kind', '=', kind)
  if (issued !== undefined) {
    query = query
      .where('credit_notes.issued_at', '>=', issued.from)
      .where('credit_notes.issued_at', '<', issued.to)
  }
  if (text !== undefined) {
    query = query.where(holdsText(text, ['credit_notes.number', 'invoices.number'], 'credit_notes.id'))
  }
  return query
}

/** Adds lines and taxes; the order of the rows stays. */
async function toCreditNotes(
  ledger: Kysely<LedgerTables>,
  rows: readonly NoteRow[],
): Promise<readonly CreditNote[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const lines = await ledger
    .selectFrom('credit_note_lines')
    .selectAll()
    .where('credit_note_id', 'in', ids)
    .orderBy('credit_note_id')
    .orderBy('position')
    .execute()
  const taxes = await ledger
    .selectFrom('credit_note_taxes')
    .selectAll()
    .where('credit_note_id', 'in', ids)
    .orderBy('credit_note_id')
    .orderBy('position')
    .execute()
  const linesOf = Map.groupBy(lines, (line) => line.credit_note_id)
  const taxesOf = Map.groupBy(taxes, (tax) => tax.credit_note_id)
  const progress = await readProgress(ledger, ids)
  return rows.map((row) =>
    toCreditNote(row, linesOf.get(row.id) ?? [], taxesOf.get(row.id) ?? [], progress.get(row.id)),
  )
}

function toCreditNote(
  row: NoteRow,
  lines: readonly LineRow[],
  taxes: readonly TaxRow[],
  document: CreditNote['document'],
): CreditNote {
  const { number, invoice_number: invoiceNumber, issued_at: issuedAt } = row
  assertInvariant(
    number !== null && invoiceNumber !== null && issuedAt !== null,
    'Only an issued credit note on an issued invoice is shown.',
  )
  return {
    id: row.id as CreditNoteId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    customerId: row.customer_id as CustomerId,
    invoiceId: row.invoice_id as InvoiceId,
    invoiceNumber,
    kind: row.kind,
    number,
    reason: row.reason,
    currency: row.currency as CurrencyCode,
    prices: row.prices,
    lines: lines.map(toLine),
    taxes: taxes.map(({ code, percent, net_minor: netMinor, tax_minor: taxMinor }) => {
      return { code, percent, netMinor, taxMinor }
    }),
    taxMinor: row.tax_minor,
    totalMinor: row.total_minor,
    issuedAt,
    document,
  }
}

function toLine(row: LineRow): CreditNoteLine {
  return {
    invoicePosition: row.invoice_position === null ? undefined : Number(row.invoice_position),
    itemId: row.item_id ?? undefined,
    description: row.description,
    taxCategory: row.tax_category,
    amountMinor: row.amount_minor,
    period:
      row.period_from_at === null || row.period_to_at === null
        ? undefined
        : { from: row.period_from_at, to: row.period_to_at },
  }
}
