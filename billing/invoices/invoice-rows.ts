import type { Kysely, Selectable } from 'kysely'
import type { ContractId, CurrencyCode, CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { BillLine, Invoice } from '../billing-types.ts'
import type { DocumentProgress } from '../documents/document-progress.ts'
import { readProgress } from '../documents/read-documents.ts'
import { noMoney, readRecordedMoney, type RecordedMoney } from '../payments/read-payments.ts'
import { settlementOf } from '../payments/settlement.ts'
import { parseExplanation } from '../rating/rating-json.ts'
import { toTaxGroup } from './invoice-taxes.ts'

export type InvoiceRow = Selectable<LedgerTables['invoices']> & {
  readonly stripe_invoice_id: string | null
  readonly replaced_by_id: string | null
}
type LineRow = Selectable<LedgerTables['invoice_lines']>
type TaxRow = Selectable<LedgerTables['invoice_taxes']>

/** The invoice of the contract's period that begins at the instant; a void one only where nothing replaces it. */
export async function findInvoiceOfPeriod(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
  periodFrom: number,
): Promise<InvoiceId | undefined> {
  return await findOfPeriod(ledger, { contractId, periodFrom })
}

type AskedPeriod = { readonly contractId: ContractId; readonly periodFrom: number }

const findOfPeriod = gatherCalls(async (ledger: Kysely<LedgerTables>, asked: readonly AskedPeriod[]) => {
  const instants = asked.map(({ periodFrom }) => periodFrom)
  const ids = asked.map(({ contractId }) => contractId)
  const rows = await ledger
    .selectFrom('invoices')
    .select(['id', 'contract_id', 'replaces_id', 'period_from_at', 'period_to_at'])
    .where('contract_id', 'in', ids)
    .where('kind', '=', 'period')
    .where('period_from_at', '<=', Math.max(...instants))
    .where('period_to_at', '>', Math.min(...instants))
    .orderBy((order) => order('status', '=', 'void'))
    .execute()
  const replaced = new Set(rows.map(({ replaces_id }) => replaces_id))
  const ofContract = Map.groupBy(
    rows.filter(({ id }) => !replaced.has(id)),
    (row) => row.contract_id,
  )
  return asked.map(({ contractId, periodFrom }) => {
    const row = ofContract
      .get(contractId)
      ?.find((each) => each.period_from_at <= periodFrom && each.period_to_at > periodFrom)
    return row?.id as InvoiceId | undefined
  })
})

/** Adds lines and taxes to invoice rows; the order of the rows stays. */
export async function toInvoices(
  ledger: Kysely<LedgerTables>,
  rows: readonly InvoiceRow[],
): Promise<readonly Invoice[]> {
  if (rows.length === 0) return []
  const invoiceIds = rows.map((row) => row.id)
  const moneyOf = await readRecordedMoney(ledger, invoiceIds)
  const lineRows = await ledger
    .selectFrom('invoice_lines')
    .selectAll()
    .where('invoice_id', 'in', invoiceIds)
    .orderBy('invoice_id')
    .orderBy('position')
    .execute()
  const taxRows = await ledger
    .selectFrom('invoice_taxes')
    .selectAll()
    .where('invoice_id', 'in', invoiceIds)
    .orderBy('invoice_id')
    .orderBy('position')
    .execute()
  const linesOf = Map.groupBy(lineRows, (line) => line.invoice_id)
  const taxesOf = Map.groupBy(taxRows, (tax) => tax.invoice_id)
  const progress = await readProgress(ledger, invoiceIds)
  return rows.map((row) =>
    toInvoice(row, {
      lines: linesOf.get(row.id) ?? [],
      taxes: taxesOf.get(row.id) ?? [],
      money: moneyOf.get(row.id) ?? noMoney,
      document: progress.get(row.id),
    }),
  )
}

type InvoiceParts = {
  readonly lines: readonly LineRow[]
  readonly taxes: readonly TaxRow[]
  readonly money: RecordedMoney
  readonly document: DocumentProgress | undefined
}

function toInvoice(row: InvoiceRow, { lines, taxes, money, document }: InvoiceParts): Invoice {
  const currency = row.currency as CurrencyCode
  return {
    id: row.id as InvoiceId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    customerId: row.customer_id as CustomerId,
    contractId: row.contract_id as ContractId,
    number: row.number ?? undefined,
    status: row.status,
    currency,
    period: { from: row.period_from_at, to: row.period_to_at },
    cutoffAt: row.cutoff_at,
    lines: lines.map((line) => toLine(line, currency)),
    prices: row.prices,
    taxes: taxes.map((tax) => toTaxGroup(tax, currency)),
    netMinor: row.total_minor - row.tax_minor,
    taxMinor: row.tax_minor,
    totalMinor: row.total_minor,
    creditedMinor: money.creditedMinor,
    ...settlementOf({ status: row.status, totalMinor: row.total_minor, ...money }),
    statusReason: row.status_reason ?? undefined,
    replacesId: (row.replaces_id ?? undefined) as InvoiceId | undefined,
    replacedById: (row.replaced_by_id ?? undefined) as InvoiceId | undefined,
    dueOn: row.due_on ?? undefined,
    issuedAt: row.issued_at ?? undefined,
    paidAt: row.paid_at ?? undefined,
    stripeInvoiceId: row.stripe_invoice_id ?? undefined,
    document,
  }
}

function toLine(row: LineRow, currency: CurrencyCode): BillLine {
  const stored = JSON.parse(row.explanation) as { explanation: unknown; sentence: string }
  return {
    itemId: row.item_id,
    description: row.description,
    quantity: row.quantity,
    unit: row.unit,
    unitPrice: row.unit_price ?? undefined,
    currency,
    taxCategory: row.tax_category,
    unroundedAmount: row.unrounded_amount,
    amountMinor: row.amount_minor,
    explanation: parseExplanation(stored.explanation),
    sentence: stored.sentence,
    ...(row.corrects_id !== null && { correctsId: row.corrects_id as InvoiceId }),
  }
}
