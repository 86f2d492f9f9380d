/** An invoice as far as it can be given back: its rates and lines, each with what issued credit notes took of it. */
import type { Kysely, Selectable } from 'kysely'
import type { CurrencyCode, InvoiceId, Tenant } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import { billingErrors } from '../errors.ts'
import { grossOf, restOf } from './credit-of-rate.ts'
import type { Creditable, CreditableRate, NetAndTax } from './credit-note-types.ts'

type InvoiceTaxRow = Selectable<LedgerTables['invoice_taxes']>

/**
 * Inside the transaction that issues a credit note nothing changes between this and the note.
 * @throws AppError `invoice_not_found`; `invoice_not_creditable` for a draft and a void one
 */
export async function creditableRest(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  invoiceId: InvoiceId,
): Promise<Creditable> {
  const own = tenantLedger(ledger, tenant)
  const invoice = await own
    .selectFrom('invoices')
    .selectAll('invoices')
    .where('invoices.id', '=', invoiceId)
    .executeTakeFirst()
  if (invoice === undefined) throw billingErrors.invoice_not_found('Use the id of one of your invoices.')
  if (invoice.status === 'draft' || invoice.status === 'void' || invoice.number === null) {
    throw billingErrors.invoice_not_creditable(
      `Choose an invoice that is issued, paid or uncollectible; this one is ${invoice.status}.`,
    )
  }
  const [lineRows, taxRows, credited] = await Promise.all([
    ledger
      .selectFrom('invoice_lines')
      .selectAll()
      .where('invoice_id', '=', invoiceId)
      .orderBy('position')
      .execute(),
    ledger
      .selectFrom('invoice_taxes')
      .selectAll()
      .where('invoice_id', '=', invoiceId)
      .orderBy('position')
      .execute(),
    readCredited(ledger, invoiceId),
  ])
  const all = { netMinor: invoice.total_minor - invoice.tax_minor, taxMinor: invoice.tax_minor }
  const rates =
    taxRows.length === 0
      ? [{ rate: undefined, categories: undefined, charged: all, credited: credited.all }]
      : taxRows.map((row) => toRate(row, taxRows.length === 1, credited.ofRate(row)))
  return {
    invoiceId,
    number: invoice.number,
    currency: invoice.currency as CurrencyCode,
    prices: invoice.prices,
    rates,
    lines: lineRows.map((row) => ({
      position: Number(row.position),
      itemId: row.item_id,
      description: row.description,
      taxCategory: row.tax_category,
      period:
        row.period_from_at === null || row.period_to_at === null
          ? undefined
          : { from: row.period_from_at, to: row.period_to_at },
      chargedMinor: row.amount_minor,
      creditedMinor: credited.ofLine(row.position),
    })),
    restMinor: rates.reduce((sum, rate) => sum + grossOf(restOf(rate)), 0n),
  }
}

/** A document of one rate is all of that rate, whatever its categories are called. */
function toRate(row: InvoiceTaxRow, isOnly: boolean, credited: NetAndTax): CreditableRate {
  const { code, percent } = row
  const detail = JSON.parse(row.detail) as {
    readonly explanation: { readonly categories: readonly { readonly category: string }[] }
  }
  return {
    rate: { code, percent },
    categories: isOnly ? undefined : detail.explanation.categories.map(({ category }) => category),
    charged: { netMinor: row.net_minor, taxMinor: row.tax_minor },
    credited,
  }
}

async function readCredited(ledger: Kysely<LedgerTables>, invoiceId: InvoiceId) {
  const notes = await ledger
    .selectFrom('credit_notes')
    .select(['id', 'tax_minor', 'total_minor'])
    .where('invoice_id', '=', invoiceId)
    .where('issued_at', 'is not', null)
    .execute()
  const ids = notes.map(({ id }) => id)
  const lines =
    ids.length === 0
      ? []
      : await ledger
          .selectFrom('credit_note_lines')
          .select(['invoice_position', 'amount_minor'])
          .where('credit_note_id', 'in', ids)
          .execute()
  const taxes =
    ids.length === 0
      ? []
      : await ledger.selectFrom('credit_note_taxes').selectAll().where('credit_note_id', 'in', ids).execute()
  return {
    all: notes.reduce(
      (sum, note) => ({
        netMinor: sum.netMinor + note.total_minor - note.tax_minor,
        taxMinor: sum.taxMinor + note.tax_minor,
      }),
      { netMinor: 0n, taxMinor: 0n },
    ),
    ofRate: ({ code, percent }: InvoiceTaxRow): NetAndTax => {
      const own = taxes.filter((tax) => tax.code === code && tax.percent === percent)
      return {
        netMinor: own.reduce((sum, tax) => sum + tax.net_minor, 0n),
        taxMinor: own.reduce((sum, tax) => sum + tax.tax_minor, 0n),
      }
    },
    ofLine: (position: bigint): bigint =>
      lines
        .filter((line) => line.invoice_position === position)
        .reduce((sum, line) => sum + line.amount_minor, 0n),
  }
}
