import type { ExpressionBuilder } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'

/** Stripe was told, or may have been, that the invoice was paid elsewhere: what it says of it since is only our own word. */
export function wasToldOfPayment(where: ExpressionBuilder<LedgerTables, 'invoices'>) {
  return where.exists(
    where
      .selectFrom('outbox_steps as payment_step')
      .select('payment_step.id')
      .whereRef('payment_step.subject_id', '=', 'invoices.id')
      .where('payment_step.step', '=', 'pay_out_of_band')
      .where((step) =>
        step.or([step('payment_step.state', '<>', 'superseded'), step('payment_step.attempts', '>', 0n)]),
      ),
  )
}
