/**
 * Keeps Stripe from collecting what was paid elsewhere. Part of the transaction in which recorded payments settle an invoice, or
 * one taken back opens it again:
 *
 * - A push that has not begun is ended; when the invoice is open again, it begins after all.
 * - One that has begun goes on to the finalized document, which is then marked as paid out of band (`record-step.ts`).
 * - What Stripe was told stays: an invoice that is open again after that is not collected there, nor asked about.
 */
import type { ExpressionBuilder, Kysely, Selectable, Transaction } from 'kysely'
import type { InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import {
  closeStep,
  findStripeInvoiceId,
  insertStep,
  prepareInvoice,
  preparePayment,
  type PreparedStep,
} from './outbox.ts'
import { readPushDocument } from './push-document.ts'

type StepRow = Selectable<LedgerTables['outbox_steps']>

const PAID_BEFORE_PUSH = 'The invoice was paid outside Stripe before its push began.'
const OPEN_AGAIN = 'The payment was taken back before Stripe was told of it.'

/** An invoice that never went to Stripe is left alone. */
export async function followPayments(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  now: number,
): Promise<void> {
  const steps = await transaction
    .selectFrom('outbox_steps')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .orderBy('id')
    .execute()
  const last = steps.at(-1)
  if (last === undefined) return
  const isPaid = await isPaidOutside(transaction, invoiceId)
  await (isPaid ? settle : reopen)(transaction, invoiceId, last, now)
}

/** Paid, and not by Stripe alone. */
export async function isPaidOutside(ledger: Kysely<LedgerTables>, invoiceId: InvoiceId): Promise<boolean> {
  const row = await ledger
    .selectFrom('invoices')
    .select('id')
    .where('id', '=', invoiceId)
    .where('status', '=', 'paid')
    .where((where) =>
      where.exists(
        where
          .selectFrom('invoice_payments as payment')
          .leftJoin('invoice_payments as reversal', 'reversal.reverses_id', 'payment.id')
          .select('payment.id')
          .whereRef('payment.invoice_id', '=', 'invoices.id')
          .where('payment.reverses_id', 'is', null)
          .where('reversal.id', 'is', null),
      ),
    )
    .executeTakeFirst()
  return row !== undefined
}

/** Stripe was told, or may have been, that the invoice was paid elsewhere: what it says of it since is only our own word. */
export function wasToldOfPayment(where: ExpressionBuilder<LedgerTables, 'invoices'>) {
  return where.exists(
    where
      .selectFrom('outbox_steps as payment_step')
      .select('payment_step.id')
      .whereRef('payment_step.invoice_id', '=', 'invoices.id')
      .where('payment_step.step', '=', 'pay_out_of_band')
      .where((step) =>
        step.or([step('payment_step.state', '<>', 'superseded'), step('payment_step.attempts', '>', 0n)]),
      ),
  )
}

async function settle(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  last: StepRow,
  now: number,
): Promise<void> {
  const hasNotBegun = last.state === 'waiting' && last.attempts === 0n
  if (hasNotBegun && (last.step === 'create_customer' || last.step === 'create_invoice')) {
    await closeStep(transaction, last.id, { state: 'superseded', done_at: now, problem: PAID_BEFORE_PUSH })
    return
  }
  const isFinalized = last.step === 'finalize_invoice' && last.state === 'done'
  const wasTakenBack = last.step === 'pay_out_of_band' && last.state === 'superseded'
  if (!isFinalized && !wasTakenBack) return
  const stripeInvoiceId = await findStripeInvoiceId(transaction, invoiceId)
  const generation = wasTakenBack ? last.generation + 1n : 1n
  await insertNext(transaction, invoiceId, preparePayment(stripeInvoiceId), now, generation)
}

async function reopen(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  last: StepRow,
  now: number,
): Promise<void> {
  if (last.step === 'pay_out_of_band') {
    const isUnsaid = last.state === 'waiting' && last.attempts === 0n
    if (isUnsaid) {
      await closeStep(transaction, last.id, { state: 'superseded', done_at: now, problem: OPEN_AGAIN })
    }
    return
  }
  if (last.state === 'superseded') {
    const call = JSON.parse(last.parameters) as PreparedStep['call']
    await insertNext(transaction, invoiceId, { step: last.step, call }, now, last.generation + 1n)
    return
  }
  // The customer was made while the invoice was paid, so its own step was left out.
  if (last.step === 'create_customer' && last.state === 'done') {
    const document = await readPushDocument(transaction, invoiceId)
    const { stripe_customer_id } = await transaction
      .selectFrom('stripe_customers')
      .select('stripe_customer_id')
      .where('customer_id', '=', document.customer.id)
      .executeTakeFirstOrThrow()
    await insertStep(transaction, document, prepareInvoice(document, stripe_customer_id), now)
  }
}

async function insertNext(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  step: PreparedStep,
  now: number,
  generation: bigint,
): Promise<void> {
  const document = await readPushDocument(transaction, invoiceId)
  await insertStep(transaction, document, step, now, { generation })
}
