/**
 * What happens to an issued invoice: paid, void or uncollectible. The order is held by the ledger's trigger
 * `invoice_status_moves_forward`; arriving where the invoice already is changes nothing, so a webhook may come twice.
 */
import { recordChange } from '../../audit/index.ts'
import { formatInstant, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'

export function invoiceStatusChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'markPaid' | 'markVoid' | 'markUncollectible'> {
  return {
    // The first instant of payment stays.
    async markPaid(invoiceId, paidAt) {
      refuseInput(issuesOfInstant(paidAt, '/paidAt'))
      await moveInvoice(context, invoiceId, { status: 'paid', paid_at: paidAt })
    },
    markVoid: (invoiceId) => moveInvoice(context, invoiceId, { status: 'void' }),
    markUncollectible: (invoiceId) => moveInvoice(context, invoiceId, { status: 'uncollectible' }),
  }
}

type Move =
  | { readonly status: 'paid'; readonly paid_at: number }
  | { readonly status: 'void' }
  | { readonly status: 'uncollectible' }

async function moveInvoice(
  { ledger, clock, actor, onInvoiceChanged, onPaid }: ChangingContext,
  invoiceId: InvoiceId,
  move: Move,
): Promise<void> {
  await withLedgerErrors(() =>
    ledger.transaction().execute(async (transaction) => {
      const before = await transaction
        .selectFrom('invoices')
        .select(['status', 'manufacturer_id'])
        .where('id', '=', invoiceId)
        .executeTakeFirst()
      if (before === undefined) throw billingErrors.invoice_not_found('Use the id of an invoice that exists.')
      if (before.status === move.status) return
      await transaction.updateTable('invoices').set(move).where('id', '=', invoiceId).execute()
      await recordChange(transaction, {
        manufacturerId: before.manufacturer_id as ManufacturerId,
        actor,
        action: `invoice.${move.status}`,
        subject: { kind: 'invoice', id: invoiceId },
        before: { status: before.status },
        after: {
          status: move.status,
          ...(move.status === 'paid' && { paidAt: formatInstant(move.paid_at) }),
        },
        at: clock.now(),
      })
      await onInvoiceChanged(transaction, invoiceId)
      if (move.status === 'paid') await onPaid(transaction, invoiceId)
    }),
  )
}
