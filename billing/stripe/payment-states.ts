/** What Stripe says of an invoice's money, kept with the invoice. What was seen later replaces what was seen before. */
import type { Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { getCurrency, SECOND_MS, type InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { Refunded } from './step-context.ts'

const statuses = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const

/**
 * From the invoice alone: what is refunded, disputed or needs the customer's action is seen elsewhere and stays. What Stripe was told to have been
 * paid elsewhere is not collected.
 */
export async function notePaymentState(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  invoice: Stripe.Invoice,
  now: number,
): Promise<void> {
  const status = statuses.find((each) => each === invoice.status) ?? 'draft'
  const wasToldPaid = await transaction
    .selectFrom('outbox_steps')
    .select('id')
    .where('subject_id', '=', invoiceId)
    .where('step', '=', 'pay_out_of_band')
    .where('state', '=', 'done')
    .executeTakeFirst()
  const collected = BigInt(invoice.amount_paid - (invoice.amount_paid_off_stripe ?? 0))
  const state = {
    status,
    remaining_minor: BigInt(Math.max(0, invoice.amount_remaining)),
    attempt_count: BigInt(invoice.attempt_count),
    next_attempt_at: invoice.next_payment_attempt === null ? null : invoice.next_payment_attempt * SECOND_MS,
    pay_url: status === 'open' || status === 'uncollectible' ? (invoice.hosted_invoice_url ?? null) : null,
    checked_at: now,
    ...(wasToldPaid === undefined && { collected_minor: collected }),
    ...(status !== 'open' && { problem: null, problem_code: null }),
  }
  await transaction
    .insertInto('stripe_payment_states')
    .values({
      invoice_id: invoiceId,
      collected_minor: 0n,
      refunded_minor: 0n,
      problem: null,
      problem_code: null,
      dispute: null,
      disputed_minor: 0n,
      ...state,
    })
    .onConflict((conflict) => conflict.column('invoice_id').doUpdateSet(state))
    .execute()
}

/** Each refund once, by Stripe's id; its status is asked for later. */
export async function noteRefunds(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  refunds: readonly (Refunded & {
    readonly status?: LedgerTables['stripe_refunds']['status']
    readonly createdAt?: number
  })[],
  now: number,
): Promise<void> {
  for (const { id, amountMinor, currency, status, createdAt } of refunds) {
    await transaction
      .insertInto('stripe_refunds')
      .values({
        id,
        invoice_id: invoiceId,
        amount_minor: amountMinor,
        currency: getCurrency(currency.toUpperCase()).code,
        status: status ?? 'pending',
        created_at: createdAt ?? now,
        checked_at: now,
      })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ checked_at: now, ...(status !== undefined && { status }) }),
      )
      .execute()
  }
  await transaction
    .updateTable('stripe_payment_states')
    .set((set) => ({
      refunded_minor: set
        .selectFrom('stripe_refunds')
        .select((sum) => sum.fn.coalesce(sum.fn.sum<bigint>('amount_minor'), sum.val(0n)).as('sum'))
        .where('stripe_refunds.invoice_id', '=', invoiceId)
        .where('stripe_refunds.status', 'not in', ['failed', 'canceled'])
        .$asScalar(),
    }))
    .where('invoice_id', '=', invoiceId)
    .execute()
}
