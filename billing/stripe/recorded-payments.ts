/** Money that came beside Stripe. */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'

/** Recorded for the invoice of the outer query, and not taken back. */
export function recordedPayments(ledger: Kysely<LedgerTables>) {
  return ledger
    .selectFrom('invoice_payments as payment')
    .leftJoin('invoice_payments as reversal', 'reversal.reverses_id', 'payment.id')
    .select('payment.id')
    .where('payment.invoice_id', '=', (where) => where.ref('invoices.id' as 'payment.invoice_id'))
    .where('payment.reverses_id', 'is', null)
    .where('reversal.id', 'is', null)
}
