/** What Stripe says of an invoice's money, all of it: asked in one go, then noted in one transaction. */
import { Stripe } from 'stripe'
import type { Transaction } from 'kysely'
import { SECOND_MS, type InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { followInvoice } from './follow-documents.ts'
import { notePaymentStates, noteRefunds } from './payment-states.ts'
import { retrieveInvoice } from './retrieve-invoice.ts'
import { collectAll } from './step-context.ts'

type PaymentState = LedgerTables['stripe_payment_states']

export type PaymentProblem = {
  readonly kind: NonNullable<PaymentState['problem']>
  readonly code: string
  /** When Stripe tries again by itself, if it does. */
  readonly nextAttemptAt: number | undefined
}

type Problem = Omit<PaymentProblem, 'nextAttemptAt'>

export type SeenInvoice = {
  readonly invoice: Stripe.Invoice
  readonly problem: PaymentProblem | undefined
  readonly refunds: readonly Stripe.Refund[]
  readonly disputes: readonly Stripe.Dispute[]
}

/** Undefined when there is no such invoice any more. */
export async function seeInvoice(stripe: Stripe, id: string): Promise<SeenInvoice | undefined> {
  const invoice = await findInvoice(stripe, id)
  if (invoice === undefined) return undefined
  const mayHavePayments = invoice.attempted || invoice.amount_paid > 0
  const payments = mayHavePayments
    ? await collectAll(stripe.invoicePayments.list({ invoice: id, limit: 100 }))
    : []
  let problem: Problem | undefined
  const refunds: Stripe.Refund[] = []
  const disputes: Stripe.Dispute[] = []
  for (const { payment, status } of payments) {
    const intent = payment.payment_intent
    if (intent === undefined) continue
    const paymentIntent = typeof intent === 'string' ? intent : intent.id
    if (status === 'paid') {
      refunds.push(...(await collectAll(stripe.refunds.list({ payment_intent: paymentIntent, limit: 100 }))))
      disputes.push(
        ...(await collectAll(stripe.disputes.list({ payment_intent: paymentIntent, limit: 100 }))),
      )
    } else if (status === 'open' && invoice.status === 'open') {
      problem = problemOf(await stripe.paymentIntents.retrieve(paymentIntent))
    }
  }
  if (invoice.status === 'paid' && !hasMoney(invoice)) {
    problem = { kind: 'failed', code: 'settled_without_money' }
  } else if (problem === undefined && invoice.status === 'open' && invoice.attempted) {
    problem = { kind: 'failed', code: 'payment_failed' }
  }
  const next = invoice.next_payment_attempt
  const nextAttemptAt = next === null ? undefined : next * SECOND_MS
  return { invoice, problem: problem && { ...problem, nextAttemptAt }, refunds, disputes }
}

/** Paid there says that nothing is asked for any more, which a balance or a credit note does as well. */
export function hasMoney({ total, amount_paid, pre_payment_credit_notes_amount }: Stripe.Invoice): boolean {
  return total <= 0 || amount_paid + pre_payment_credit_notes_amount >= total
}

async function findInvoice(stripe: Stripe, id: string): Promise<Stripe.Invoice | undefined> {
  try {
    return await retrieveInvoice(stripe, id)
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return undefined
    throw error
  }
}

function problemOf({ status, last_payment_error }: Stripe.PaymentIntent): Problem | undefined {
  if (status === 'requires_action') return { kind: 'requires_action', code: 'authentication_required' }
  if (last_payment_error === null) return undefined
  const { decline_code, code } = last_payment_error
  return { kind: 'failed', code: decline_code ?? code ?? 'payment_failed' }
}

/** Notes what was seen and what follows from it. Returns the problem if it was not known yet. */
export async function noteSeen(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  seen: SeenInvoice,
  now: number,
): Promise<SeenInvoice['problem']> {
  const before = await transaction
    .selectFrom('stripe_payment_states')
    .select(['problem', 'problem_code', 'attempt_count'])
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst()
  await notePaymentStates(transaction, [{ invoiceId, invoice: seen.invoice, now }])
  const refunds = seen.refunds.map(({ id, amount, currency, status, created }) => ({
    id,
    amountMinor: BigInt(amount),
    currency,
    status: refundStatuses.find((each) => each === status) ?? 'pending',
    createdAt: created * SECOND_MS,
  }))
  await noteRefunds(transaction, invoiceId, refunds, now)
  await transaction
    .updateTable('stripe_payment_states')
    .set({
      problem: seen.problem?.kind ?? null,
      problem_code: seen.problem?.code ?? null,
      dispute: disputeOf(seen.disputes),
      disputed_minor: seen.disputes.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
    })
    .where('invoice_id', '=', invoiceId)
    .execute()
  await followInvoice(transaction, { invoiceId, now })
  const isKnown =
    before?.problem === seen.problem?.kind &&
    before?.problem_code === seen.problem?.code &&
    before?.attempt_count === BigInt(seen.invoice.attempt_count)
  return isKnown ? undefined : seen.problem
}

const refundStatuses = ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const

/** One that is open says more than one that has ended, one that was lost more than one that was won. */
function disputeOf(disputes: readonly Stripe.Dispute[]): PaymentState['dispute'] {
  if (disputes.length === 0) return null
  const states = disputes.map(({ status }) => status)
  if (states.some((status) => status !== 'won' && status !== 'lost' && status !== 'warning_closed'))
    return 'open'
  return states.includes('lost') ? 'lost' : 'won'
}
