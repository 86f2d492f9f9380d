/** Money that came beside Stripe, as people record it. */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'

/** Recorded for the invoice of the outer query, and not taken back; with Stripe's own record, where it has one. */
export function recordedPayments(ledger: Kysely<LedgerTables>) {
  return paymentsWithRecords(ledger)
    .select('payment.id')
    .where('payment.invoice_id', '=', (where) => where.ref('invoices.id' as 'payment.invoice_id'))
}

/** Payments that were not taken back. */
export function paymentsWithRecords(ledger: Kysely<LedgerTables>) {
  return ledger
    .selectFrom('invoice_payments as payment')
    .leftJoin('invoice_payments as reversal', 'reversal.reverses_id', 'payment.id')
    .leftJoin('stripe_payment_records as record', 'record.payment_id', 'payment.id')
    .where('payment.reverses_id', 'is', null)
    .where('reversal.id', 'is', null)
}
