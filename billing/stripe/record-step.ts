/**
 * Records Stripe's answer to a step together with the next step, in one transaction. Stripe's ids are adopted by
 * compare-and-set: the first one stays, and every later step uses the adopted one.
 */
import type { Kysely, Transaction } from 'kysely'
import { assertInvariant } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import {
  closeStep,
  findStripeCustomerId,
  insertStep,
  prepareFinalization,
  prepareInvoice,
  prepareLines,
  preparePayment,
  type OutboxStep,
  type PreparedStep,
} from './outbox.ts'
import { isPaidOutside } from './paid-outside.ts'
import type { PushDocument } from './push-document.ts'

/** Does nothing when the step has already been ended by somebody else. */
export async function recordStep(
  ledger: Kysely<LedgerTables>,
  step: OutboxStep,
  document: PushDocument,
  stripeId: string,
  now: number,
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    if (!(await closeStep(transaction, step.id, { state: 'done', done_at: now }))) return
    const next = await prepareNext(transaction, step, document, stripeId, now)
    if (next !== undefined) await insertStep(transaction, document, next, now)
  })
}

async function prepareNext(
  transaction: Transaction<LedgerTables>,
  step: OutboxStep,
  document: PushDocument,
  stripeId: string,
  now: number,
): Promise<PreparedStep | undefined> {
  const isPaid = await isPaidOutside(transaction, document.invoiceId)
  switch (step.step) {
    case 'create_customer': {
      const customerId = await adoptCustomer(transaction, document.customer.id, stripeId, now)
      return isPaid ? undefined : prepareInvoice(document, customerId)
    }
    case 'create_invoice':
      return prepareLines(
        document,
        await adoptInvoice(transaction, document.invoiceId, stripeId, now),
        isPaid,
      )
    case 'add_lines':
      return prepareFinalization(stripeId, isPaid)
    case 'finalize_invoice':
      return isPaid ? preparePayment(stripeId) : undefined
    case 'pay_out_of_band':
      return undefined
  }
}

async function adoptCustomer(
  transaction: Transaction<LedgerTables>,
  customerId: string,
  stripeId: string,
  now: number,
): Promise<string> {
  await transaction
    .insertInto('stripe_customers')
    .values({ customer_id: customerId, stripe_customer_id: stripeId, adopted_at: now })
    .onConflict((conflict) => conflict.column('customer_id').doNothing())
    .execute()
  const adopted = await findStripeCustomerId(transaction, customerId)
  assertInvariant(adopted !== undefined, `Customer ${customerId} has no Stripe id right after adopting one.`)
  return adopted
}

async function adoptInvoice(
  transaction: Transaction<LedgerTables>,
  invoiceId: string,
  stripeId: string,
  now: number,
): Promise<string> {
  await transaction
    .insertInto('stripe_invoices')
    .values({ invoice_id: invoiceId, stripe_invoice_id: stripeId, adopted_at: now })
    .onConflict((conflict) => conflict.column('invoice_id').doNothing())
    .execute()
  const { stripe_invoice_id } = await transaction
    .selectFrom('stripe_invoices')
    .select('stripe_invoice_id')
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  return stripe_invoice_id
}
