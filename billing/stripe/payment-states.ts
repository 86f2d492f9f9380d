/** What Stripe says of an invoice's money, kept with the invoice. What was seen later replaces what was seen before. */
import { sql, type Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { getCurrency, SECOND_MS, type InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { collectedOf } from './retrieve-invoice.ts'
import type { Refunded } from './step-context.ts'

const statuses = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const

type SeenState = { readonly invoiceId: InvoiceId; readonly invoice: Stripe.Invoice; readonly now: number }

/**
 * From the invoices alone: what is refunded, disputed or needs the customer's action is seen elsewhere and stays. What Stripe was told to have
 * been paid elsewhere is not collected. What was paid is never open again, so an answer that is older changes nothing.
 */
export async function notePaymentStates(
  transaction: Transaction<LedgerTables>,
  seen: readonly SeenState[],
): Promise<void> {
  if (seen.length === 0) return
  await transaction
    .insertInto('stripe_payment_states')
    .values(seen.map(toState))
    .onConflict((conflict) =>
      conflict
        .column('invoice_id')
        .doUpdateSet((set) => ({
          ...Object.fromEntries(seenColumns.map((column) => [column, set.ref(`excluded.${column}`)])),
          // What stood in the way of paying, or was on its way, does so only while it is open.
          problem: sql`iif(excluded.status = 'open', stripe_payment_states.problem, NULL)`,
          problem_code: sql`iif(excluded.status = 'open', stripe_payment_states.problem_code, NULL)`,
          is_processing: sql`iif(excluded.status = 'open', stripe_payment_states.is_processing, 0)`,
        }))
        .where((where) =>
          where.or([
            where('stripe_payment_states.status', '<>', 'paid'),
            where(sql<string>`excluded.status`, '=', 'paid'),
          ]),
        ),
    )
    .execute()
}

const seenColumns = [
  'status',
  'collected_minor',
  'remaining_minor',
  'attempt_count',
  'next_attempt_at',
  'pay_url',
  'checked_at',
] as const

function toState({ invoiceId, invoice, now }: SeenState) {
  const status = statuses.find((each) => each === invoice.status) ?? 'draft'
  const { next_payment_attempt: next } = invoice
  return {
    invoice_id: invoiceId,
    status,
    collected_minor: collectedOf(invoice),
    refunded_minor: 0n,
    remaining_minor: BigInt(Math.max(0, invoice.amount_remaining)),
    attempt_count: BigInt(invoice.attempt_count),
    next_attempt_at: next === null ? null : next * SECOND_MS,
    problem: null,
    problem_code: null,
    dispute: null,
    disputed_minor: 0n,
    pay_url: status === 'open' || status === 'uncollectible' ? (invoice.hosted_invoice_url ?? null) : null,
    checked_at: now,
  }
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
