import type { Kysely } from 'kysely'
import { holdsText, readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing } from '../billing-types.ts'
import { assertPageLimit } from '../input-check.ts'
import { invoiceSorts, type InvoiceFilter } from '../list-sorts.ts'
import { toInvoices } from './invoice-rows.ts'

export function invoiceReads({ ledger }: BillingContext): Pick<Billing, 'listInvoices' | 'findInvoice'> {
  return {
    async listInvoices(tenant, { after, limit, sort, ...filter }) {
      assertPageLimit(limit)
      const own = tenantLedger(ledger, tenant)
      const { items, nextAfter } = await readSortedPage(selectInvoices(own, filter), invoiceSorts, {
        after,
        limit,
        sort,
      })
      return { items: await toInvoices(own, items), nextAfter }
    },

    async findInvoice(tenant, invoiceId) {
      const own = tenantLedger(ledger, tenant)
      const rows = await selectInvoices(own).where('invoices.id', '=', invoiceId).execute()
      const [invoice] = await toInvoices(own, rows)
      return invoice
    },
  }
}

export function selectInvoices(
  ledger: Kysely<LedgerTables>,
  { customerId, contractId, status, issued, text }: InvoiceFilter = {},
) {
  let query = ledger
    .selectFrom('invoices')
    .leftJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'invoices.id')
    .selectAll('invoices')
    .select((all) => [
      'stripe_invoices.stripe_invoice_id',
      all
        .selectFrom('invoices as others')
        .select('others.id')
        .whereRef('others.replaces_id', '=', 'invoices.id')
        .as('replaced_by_id'),
    ])
  if (customerId !== undefined) query = query.where('invoices.customer_id', '=', customerId)
  if (contractId !== undefined) query = query.where('invoices.contract_id', '=', contractId)
  if (status !== undefined) query = query.where('invoices.status', '=', status)
  if (issued !== undefined) {
    query = query.where('invoices.issued_at', '>=', issued.from).where('invoices.issued_at', '<', issued.to)
  }
  if (text !== undefined) query = query.where(holdsText(text, ['invoices.number'], 'invoices.id'))
  return query
}
