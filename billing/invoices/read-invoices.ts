import type { Kysely } from 'kysely'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, InvoiceFilter } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { assertPageLimit } from '../input-check.ts'
import { toPage } from '../page.ts'
import { toInvoices, type InvoiceRow } from './invoice-rows.ts'

type Cursor = { readonly createdAt: number; readonly id: string }

export function invoiceReads({ ledger }: BillingContext): Pick<Billing, 'listInvoices' | 'findInvoice'> {
  return {
    async listInvoices(tenant, { after, limit, ...filter }) {
      assertPageLimit(limit)
      const cursor = after === undefined ? undefined : parseCursor(after)
      const own = tenantLedger(ledger, tenant)
      const rows = await selectInvoices(own, filter, cursor)
        .limit(limit + 1)
        .execute()
      const page = toPage(rows, limit, (row: InvoiceRow) => row, formatCursor)
      return { items: await toInvoices(own, page.items), nextAfter: page.nextAfter }
    },

    async findInvoice(tenant, invoiceId) {
      const own = tenantLedger(ledger, tenant)
      const rows = await selectInvoices(own, {}, undefined).where('invoices.id', '=', invoiceId).execute()
      const [invoice] = await toInvoices(own, rows)
      return invoice
    },
  }
}

/** Newest first; invoices made in the same millisecond by id. */
export function selectInvoices(
  ledger: Kysely<LedgerTables>,
  { customerId, contractId, status, issued }: InvoiceFilter,
  cursor: Cursor | undefined,
) {
  let query = ledger
    .selectFrom('invoices')
    .leftJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'invoices.id')
    .selectAll('invoices')
    .select('stripe_invoices.stripe_invoice_id')
  if (customerId !== undefined) query = query.where('invoices.customer_id', '=', customerId)
  if (contractId !== undefined) query = query.where('invoices.contract_id', '=', contractId)
  if (status !== undefined) query = query.where('invoices.status', '=', status)
  if (issued !== undefined) {
    query = query.where('invoices.issued_at', '>=', issued.from).where('invoices.issued_at', '<', issued.to)
  }
  if (cursor !== undefined) {
    query = query.where((where) =>
      where.or([
        where('invoices.created_at', '<', cursor.createdAt),
        where.and([
          where('invoices.created_at', '=', cursor.createdAt),
          where('invoices.id', '>', cursor.id),
        ]),
      ]),
    )
  }
  return query.orderBy('invoices.created_at', 'desc').orderBy('invoices.id')
}

function formatCursor(row: InvoiceRow): string {
  return `${row.created_at}.${row.id}`
}

function parseCursor(text: string): Cursor {
  const match = /^(\d{1,15})\.(inv_[0-9a-z]+)$/.exec(text)
  if (match === null)
    throw billingErrors.cursor_invalid('Ask for the next page with the cursor of the last one.')
  const [, createdAt, id = ''] = match
  return { createdAt: Number(createdAt), id }
}
