/**
 * Collecting an open invoice from what the customer saved: the outcome is told, never thrown. An attempt leaves a PaymentIntent, an InvoicePayment
 * and, when the bank was asked, a Charge. A failed automatic attempt is repeated after 3, 5 and 7 days while `auto_advance` is true, never while it
 * is false; attempts by hand after the first do not count for that schedule. A debit is processing until it ends (`debit-payments.ts`), and nothing
 * is attempted meanwhile.
 */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { behaviourOf } from './cards.ts'
import { getCustomer } from './customer-store.ts'
import { beginDebit, endDebit, endOfDebitMs } from './debit-payments.ts'
import { changeInvoice, getInvoice } from './invoice-store.ts'
import {
  changeIntent,
  findOpenPayment,
  newCharge,
  newIntent,
  openPayment,
  takeCharged,
  type PaymentParts,
} from './open-payment.ts'
import type { SandboxContext } from './operation.ts'
import { invoicePayment } from './payment-objects.ts'
import { getPaymentMethod } from './saved-methods.ts'
import type { StoredInvoice, StoredPaymentIntent, StoredPaymentMethod } from './sandbox-state.ts'
import { invalidRequest } from './stripe-failure.ts'

export type PaymentOutcome =
  'paid' | 'processing' | 'declined' | 'requires_action' | 'no_payment_method' | 'not_open'

const RETRY_DAYS = [3, 5, 7]

const cardFailure = { code: 'card_declined', message: 'Your card was declined.' }

const declined: Stripe.PaymentIntent.LastPaymentError = {
  ...cardFailure,
  type: 'card_error',
  decline_code: 'generic_decline',
}

const notAuthenticated: Stripe.PaymentIntent.LastPaymentError = {
  type: 'card_error',
  code: 'payment_intent_authentication_failure',
  message: 'The provided payment method has failed authentication.',
}

/** The attempt that falls due by itself: only when the invoice is still to be collected so. */
export function collectByItself(context: SandboxContext, invoiceId: string): void {
  const invoice = context.state.invoices.get(invoiceId)?.invoice
  if (invoice?.status !== 'open' || invoice.auto_advance !== true) return
  const { attempted, next_payment_attempt: next } = invoice
  const isDue = next === null ? !attempted : next <= context.nowSecond()
  if (isDue) collect(context, invoiceId, { isAutomatic: true })
}

/** The next attempt after those that failed, when there is still one to come. */
export function scheduleRetry(context: SandboxContext, stored: StoredInvoice): StoredInvoice {
  const { id, auto_advance, attempt_count } = stored.invoice
  const isToRepeat = auto_advance === true && !isUnderWay(context, stored)
  const days = isToRepeat ? RETRY_DAYS[attempt_count - 1] : undefined
  const next = days === undefined ? null : context.nowSecond() + (days * DAY_MS) / 1000
  if (next !== null) context.schedule(next * 1000, () => collectByItself(context, id))
  return changeInvoice(context, stored, { next_payment_attempt: next })
}

/** When the next attempt of an invoice that was read from a file is due; called at start. */
export function resumeCollection(context: SandboxContext, { invoice }: StoredInvoice): void {
  if (invoice.status !== 'open' || invoice.auto_advance !== true) return
  const atMs = invoice.next_payment_attempt === null ? context.nowMs() : invoice.next_payment_attempt * 1000
  if (!invoice.attempted && invoice.collection_method === 'send_invoice') return
  context.schedule(atMs, () => collectByItself(context, invoice.id))
}

export function collect(
  context: SandboxContext,
  invoiceId: string,
  how: {
    readonly isAutomatic: boolean
    readonly paymentMethod?: StoredPaymentMethod
    /** The customer is at the page and is asked there: that is no failure yet. */
    readonly isCustomerPresent?: boolean
  },
): PaymentOutcome {
  const before = getInvoice(context.state, invoiceId)
  const { invoice } = before
  if (invoice.status !== 'open' && invoice.status !== 'uncollectible') return 'not_open'
  if (isUnderWay(context, before)) return 'processing'
  const counts = how.isAutomatic || !invoice.attempted
  const stored = changeInvoice(context, before, {
    attempted: true,
    attempt_count: invoice.attempt_count + (counts ? 1 : 0),
  })
  const method = how.paymentMethod ?? defaultPaymentMethod(context, stored)
  if (method === undefined) return fail(context, stored, how.isAutomatic, 'no_payment_method')
  const { intent, payment } = openPayment(context, stored)
  const behaviour = behaviourOf(method, getCustomer(context.state, invoice.customer, 'customer', 400))
  if (typeof behaviour === 'object') {
    const waiting = changeInvoice(context, stored, { next_payment_attempt: null })
    awaitDebit(context, beginDebit(context, waiting, { intent, payment, method }))
    return 'processing'
  }
  if (behaviour === 'works') {
    succeed(context, stored, { intent, payment, method })
    return 'paid'
  }
  if (behaviour === 'asks') {
    const waiting = changeIntent(context, intent, {
      status: 'requires_action',
      payment_method: method.paymentMethod.id,
      next_action: {
        type: 'redirect_to_url',
        redirect_to_url: { url: invoice.hosted_invoice_url ?? null, return_url: null },
      },
    })
    context.emit('payment_intent.requires_action', waiting)
    if (how.isCustomerPresent === true) return 'requires_action'
    context.emit('invoice.payment_action_required', stored.invoice)
    return fail(context, stored, how.isAutomatic, 'requires_action')
  }
  const failed = newCharge(context, stored, intent, method, { status: 'failed', ...cardFailure })
  changeIntent(context, intent, {
    status: 'requires_payment_method',
    latest_charge: failed.id,
    last_payment_error: { ...declined, charge: failed.id, payment_method: method.paymentMethod },
  })
  return fail(context, stored, how.isAutomatic, 'declined')
}

/** The payment of the invoice waits for what the customer says to the bank. */
export function isBankAsking(context: SandboxContext, stored: StoredInvoice): boolean {
  return openIntent(context, stored)?.status === 'requires_action'
}

/** The money of the invoice is on its way. */
export function isUnderWay(context: SandboxContext, stored: StoredInvoice): boolean {
  return openIntent(context, stored)?.status === 'processing'
}

/** @throws StripeFailure 400: what the bank was asked for cannot be taken back, nor its amount changed */
export function assertNothingUnderWay(context: SandboxContext, stored: StoredInvoice): void {
  if (!isUnderWay(context, stored)) return
  throw invalidRequest(
    'A payment of this invoice is processing. Wait until it has succeeded or failed.',
    'payment_intent_unexpected_state',
  )
}

function openIntent(context: SandboxContext, stored: StoredInvoice): StoredPaymentIntent | undefined {
  return context.state.paymentIntents.get(findOpenPayment(context, stored)?.payment.payment_intent ?? '')
}

/** The customer answers the bank's question about the payment that waits for it. */
export function answerBank(context: SandboxContext, invoiceId: string, isConfirmed: boolean): PaymentOutcome {
  const stored = getInvoice(context.state, invoiceId)
  const payment = findOpenPayment(context, stored)
  const intent = context.state.paymentIntents.get(payment?.payment.payment_intent ?? '')
  if (
    payment === undefined ||
    intent?.status !== 'requires_action' ||
    typeof intent.payment_method !== 'string'
  ) {
    return 'not_open'
  }
  const method = getPaymentMethod(context, intent.payment_method)
  if (!isConfirmed) {
    const failed = changeIntent(context, intent, {
      status: 'requires_payment_method',
      next_action: null,
      last_payment_error: { ...notAuthenticated, payment_method: method.paymentMethod },
    })
    context.emit('payment_intent.payment_failed', failed)
    context.emit('invoice.payment_failed', stored.invoice)
    return 'declined'
  }
  succeed(context, stored, { intent, payment, method })
  return 'paid'
}

/** A part of the remaining amount is paid, as several payments for one invoice can at Stripe. */
export function payPart(
  context: SandboxContext,
  stored: StoredInvoice,
  method: StoredPaymentMethod,
  amount: number,
): StoredInvoice {
  const intent = newIntent(context, stored, amount)
  const payment = invoicePayment(
    { id: context.newId('inpay'), now: context.nowSecond(), invoice: stored.invoice, amount },
    { type: 'payment_intent', payment_intent: intent.id },
    false,
  )
  return succeed(context, stored, { intent, payment, method })
}

function fail(
  context: SandboxContext,
  stored: StoredInvoice,
  isAutomatic: boolean,
  outcome: PaymentOutcome,
): PaymentOutcome {
  const { invoice } = stored
  const isScheduledAnew = isAutomatic || invoice.next_payment_attempt === null
  const failed = isScheduledAnew ? scheduleRetry(context, stored) : stored
  context.emit('invoice.payment_failed', failed.invoice)
  return outcome
}

function succeed(context: SandboxContext, stored: StoredInvoice, parts: PaymentParts): StoredInvoice {
  const made = newCharge(context, stored, parts.intent, parts.method, { status: 'succeeded' })
  return takeCharged(context, stored, parts, made)
}

/** Called after a restart as well. */
export function awaitDebit(context: SandboxContext, { id, status }: StoredPaymentIntent): void {
  if (status !== 'processing') return
  context.schedule(endOfDebitMs(context, id), () => {
    const unpaid = endDebit(context, id)
    if (unpaid?.invoice.status === 'open') fail(context, unpaid, true, 'declined')
  })
}

function defaultPaymentMethod(
  context: SandboxContext,
  { invoice }: StoredInvoice,
): StoredPaymentMethod | undefined {
  const { customer } = getCustomer(context.state, invoice.customer, 'customer', 400)
  const chosen = invoice.default_payment_method ?? customer.invoice_settings.default_payment_method
  return typeof chosen === 'string' ? context.state.paymentMethods.get(chosen) : undefined
}
