/**
 * What Stripe says of an invoice's money, all of it: asked in one go, then noted in one transaction, with what it means. Whether money came, and whether a
 * payment failed, is decided here, by functions of what Stripe says and of what was credited here.
 */
import type { Stripe } from 'stripe'
import type { Kysely, Transaction } from 'kysely'
import { SECOND_MS, type InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { noMoney, readRecordedMoney } from '../payments/read-payments.ts'
import { followInvoice } from './follow-documents.ts'
import { notePaymentStates, noteRefunds } from './payment-states.ts'
import { collectedOf, findInvoice } from './retrieve-invoice.ts'
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
  /** Of the payments that are not over. */
  readonly openIntents: readonly Stripe.PaymentIntent[]
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
  const openIntents: Stripe.PaymentIntent[] = []
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
      openIntents.push(await stripe.paymentIntents.retrieve(paymentIntent))
    }
  }
  return { invoice, openIntents, refunds, disputes }
}

type Settled = Pick<
  Stripe.Invoice,
  'status' | 'total' | 'amount_paid' | 'amount_paid_off_stripe' | 'pre_payment_credit_notes_amount'
>

/** What the ledger knows of an invoice, in minor units. */
export type KnownHere = {
  /** The sum of our own credit notes. */
  readonly creditedMinor: bigint
  /** Recorded payments that were not taken back. */
  readonly recordedMinor: bigint
}

/**
 * Paid there says only that nothing is asked for any more, which a balance, or a credit note that somebody made there by hand, does as well. What is
 * counted beside money is what was credited here.
 */
function hasMoney(invoice: Settled, paidMinor: bigint, { creditedMinor }: KnownHere): boolean {
  const { total, pre_payment_credit_notes_amount } = invoice
  const creditedThere = BigInt(pre_payment_credit_notes_amount)
  const credited = creditedThere < creditedMinor ? creditedThere : creditedMinor
  return total <= 0 || paidMinor + credited >= BigInt(total)
}

/**
 * Money came for all that was to be paid, some of it by Stripe; what came elsewhere is our own word, and counts as it is recorded here now.
 * What credit notes settled whole is settled here already, and no money came.
 */
export function isPaidWithMoney(invoice: Settled, here: KnownHere): boolean {
  const { status, total } = invoice
  if (status !== 'paid') return false
  const collectedMinor = collectedOf(invoice)
  return total <= 0 || (collectedMinor > 0n && hasMoney(invoice, collectedMinor + here.recordedMinor, here))
}

type Asked = Settled & Pick<Stripe.Invoice, 'collection_method' | 'attempt_count'>
type Tried = Pick<Stripe.PaymentIntent, 'status' | 'last_payment_error'>

/** On its way to being paid: a debit takes days, and nothing has failed meanwhile. */
const underWay: ReadonlySet<Stripe.PaymentIntent.Status> = new Set([
  'processing',
  'requires_capture',
  'succeeded',
])

/** Money is on its way; paying again would pay twice. */
export function isProcessing(
  { status }: Pick<Stripe.Invoice, 'status'>,
  openIntents: readonly Tried[],
): boolean {
  return status === 'open' && openIntents.some((intent) => underWay.has(intent.status))
}

/**
 * What stands in the way of the money. That Stripe tried and nobody knows why it failed is said only where Stripe itself tries: an invoice that was
 * sent to be paid counts as attempted there from the beginning.
 */
export function findProblem(
  invoice: Asked,
  openIntents: readonly Tried[],
  here: KnownHere,
): Problem | undefined {
  if (invoice.status === 'paid') {
    return hasMoney(invoice, BigInt(invoice.amount_paid), here)
      ? undefined
      : { kind: 'failed', code: 'settled_without_money' }
  }
  if (invoice.status !== 'open' || isProcessing(invoice, openIntents)) return undefined
  if (openIntents.some(({ status }) => status === 'requires_action')) {
    return { kind: 'requires_action', code: 'authentication_required' }
  }
  const error = openIntents.find(({ last_payment_error }) => last_payment_error !== null)?.last_payment_error
  if (error !== undefined && error !== null) {
    return { kind: 'failed', code: error.decline_code ?? error.code ?? 'payment_failed' }
  }
  const hasTried = invoice.collection_method === 'charge_automatically' && invoice.attempt_count > 0
  return hasTried ? { kind: 'failed', code: 'payment_failed' } : undefined
}

/** Notes what was seen and what follows from it. */
export async function noteSeen(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  seen: SeenInvoice,
  now: number,
): Promise<{
  /** One that was not known yet. */
  readonly newProblem: PaymentProblem | undefined
  readonly isPaidWithMoney: boolean
}> {
  const here = (await readRecordedMoney(transaction, [invoiceId])).get(invoiceId) ?? noMoney
  const problem = findProblem(seen.invoice, seen.openIntents, here)
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
      problem: problem?.kind ?? null,
      problem_code: problem?.code ?? null,
      is_processing: isProcessing(seen.invoice, seen.openIntents) ? 1 : 0,
      dispute: disputeOf(seen.disputes),
      disputed_minor: seen.disputes.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
    })
    .where('invoice_id', '=', invoiceId)
    .execute()
  await followInvoice(transaction, { invoiceId, now })
  const isKnown =
    before?.problem === problem?.kind &&
    before?.problem_code === problem?.code &&
    before?.attempt_count === BigInt(seen.invoice.attempt_count)
  const next = seen.invoice.next_payment_attempt
  return {
    newProblem:
      problem === undefined || isKnown
        ? undefined
        : { ...problem, nextAttemptAt: next === null ? undefined : next * SECOND_MS },
    isPaidWithMoney: isPaidWithMoney(seen.invoice, here),
  }
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

export async function noteGone(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
  now: number,
): Promise<void> {
  await ledger
    .updateTable('stripe_payment_states')
    .set({ status: 'gone', pay_url: null, checked_at: now })
    .where('invoice_id', '=', invoiceId)
    .execute()
}
