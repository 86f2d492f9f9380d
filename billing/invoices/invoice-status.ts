/**
 * What happens to an issued invoice: paid, void or uncollectible. The order is held by the ledger's trigger
 * `invoice_status_moves_forward`; arriving where the invoice already is changes nothing, so a webhook may come twice.
 */
import type { Kysely } from 'kysely'
import type { InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'

export function invoiceStatusVerbs({
  ledger,
}: BillingContext): Pick<Billing, 'markPaid' | 'markVoid' | 'markUncollectible'> {
  return {
    markPaid: (invoiceId, paidAt) => markInvoicePaid(ledger, invoiceId, paidAt),
    markVoid: (invoiceId) => moveInvoice(ledger, invoiceId, { status: 'void' }),
    markUncollectible: (invoiceId) => moveInvoice(ledger, invoiceId, { status: 'uncollectible' }),
  }
}

/** As `Billing.markPaid`, also inside a transaction. The first instant of payment stays. */
export async function markInvoicePaid(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
  paidAt: number,
): Promise<void> {
  refuseInput(issuesOfInstant(paidAt, '/paidAt'))
  await moveInvoice(ledger, invoiceId, { status: 'paid', paid_at: paidAt })
}

type Move =
  | { readonly status: 'paid'; readonly paid_at: number }
  | { readonly status: 'void' }
  | { readonly status: 'uncollectible' }

async function moveInvoice(ledger: Kysely<LedgerTables>, invoiceId: InvoiceId, move: Move): Promise<void> {
  const moved = await withLedgerErrors(() =>
    ledger
      .updateTable('invoices')
      .set(move)
      .where('id', '=', invoiceId)
      .where('status', '<>', move.status)
      .returning('id')
      .executeTakeFirst(),
  )
  if (moved !== undefined) return
  const row = await ledger.selectFrom('invoices').select('id').where('id', '=', invoiceId).executeTakeFirst()
  if (row === undefined) throw billingErrors.invoice_not_found('Use the id of an invoice that exists.')
}
