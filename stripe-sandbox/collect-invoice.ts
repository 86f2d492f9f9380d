/**
 * Collecting an open invoice with a card: the outcome is told, never thrown. An attempt leaves a PaymentIntent, an InvoicePayment and, when the
 * bank was asked, a Charge. A failed automatic attempt is repeated after 3, 5 and 7 days while `auto_advance` is true, never while it is false;
 * attempts by hand after the first do not count for that schedule.
 */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { behaviourOf, getPaymentMethod } from './cards.ts'
import { getCustomer } from './customer-store.ts'
import { changeInvoice, getInvoice, markPaid, type PaymentOrigin } from './invoice-store.ts'
import type { SandboxContext } from './operation.ts'
import { charge, invoicePayment, paymentIntent } from './payment-objects.ts'
import type {
  StoredCharge,
  StoredInvoice,
  StoredInvoicePayment,
  StoredPaymentIntent,
  StoredPaymentMethod,
} from './sandbox-state.ts'

export type PaymentOutcome = 'paid' | 'declined' | 'requires_action' | 'no_payment_method' | 'not_open'

const RETRY_DAYS = [3, 5, 7]

const declined: Stripe.PaymentIntent.LastPaymentError = {
  type: 'card_error',
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
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
  const days = auto_advance === true ? RETRY_DAYS[attempt_count - 1] : undefined
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
  const counts = how.isAutomatic || !invoice.attempted
  const stored = changeInvoice(context, before, {
    attempted: true,
    attempt_count: invoice.attempt_count + (counts ? 1 : 0),
  })
  const method = how.paymentMethod ?? defaultPaymentMethod(context, stored)
  if (method === undefined) return fail(context, stored, how.isAutomatic, 'no_payment_method')
  const { intent, payment } = openPayment(context, stored)
  const behaviour = behaviourOf(method, getCustomer(context.state, invoice.customer, 'customer', 400))
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
  const failed = newCharge(context, stored, intent, method, false)
  changeIntent(context, intent, {
    status: 'requires_payment_method',
    latest_charge: failed.id,
    last_payment_error: { ...declined, charge: failed.id, payment_method: method.paymentMethod },
  })
  return fail(context, stored, how.isAutomatic, 'declined')
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

/** Whatever is still open is not asked for any more: the invoice is void or settled otherwise. */
export function cancelOpenPayment(context: SandboxContext, stored: StoredInvoice): void {
  const payment = findOpenPayment(context, stored)
  const intent = context.state.paymentIntents.get(payment?.payment.payment_intent ?? '')
  if (payment === undefined || intent === undefined) return
  const now = context.nowSecond()
  context.state.invoicePayments.put({
    ...payment,
    status: 'canceled',
    status_transitions: { canceled_at: now, paid_at: null },
  })
  const canceled = changeIntent(context, intent, { status: 'canceled', canceled_at: now, next_action: null })
  context.emit('payment_intent.canceled', canceled)
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

function succeed(
  context: SandboxContext,
  stored: StoredInvoice,
  parts: {
    readonly intent: StoredPaymentIntent
    readonly payment: StoredInvoicePayment
    readonly method: StoredPaymentMethod
  },
): StoredInvoice {
  const { amount } = parts.intent
  const made = newCharge(context, stored, parts.intent, parts.method, true)
  const intent = changeIntent(context, parts.intent, {
    status: 'succeeded',
    amount_received: amount,
    latest_charge: made.id,
    payment_method: parts.method.paymentMethod.id,
    last_payment_error: null,
    next_action: null,
  })
  context.emit('payment_intent.succeeded', intent)
  return creditPayment(context, stored, parts.payment, 'stripe')
}

/** The payment has come: it is paid, and so is the invoice when nothing remains of it. At most what remains is credited. */
export function creditPayment(
  context: SandboxContext,
  stored: StoredInvoice,
  payment: StoredInvoicePayment,
  origin: PaymentOrigin,
): StoredInvoice {
  const { amount_requested: amount } = payment
  const { amount_paid, amount_remaining } = stored.invoice
  const paid = {
    ...payment,
    amount_paid: amount,
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: context.nowSecond() },
  }
  context.state.invoicePayments.put(paid)
  context.emit('invoice_payment.paid', paid)
  const credited = origin === 'stripe' ? stored : { ...stored, paidElsewhere: stored.paidElsewhere + amount }
  if (amount === amount_remaining) {
    cancelOpenPayment(context, stored)
    return markPaid(context, credited, amount, origin)
  }
  const changed = changeInvoice(context, credited, {
    amount_paid: amount_paid + amount,
    amount_remaining: amount_remaining - amount,
  })
  askForTheRest(context, changed)
  context.emit('invoice.updated', changed.invoice)
  return changed
}

/** A payment that is still open asks for what remains, as Stripe keeps its default payment. */
export function askForTheRest(context: SandboxContext, stored: StoredInvoice): void {
  const payment = findOpenPayment(context, stored)
  const intent = context.state.paymentIntents.get(payment?.payment.payment_intent ?? '')
  if (payment === undefined || intent === undefined) return
  const { amount_remaining: amount } = stored.invoice
  context.state.invoicePayments.put({ ...payment, amount_requested: amount })
  changeIntent(context, intent, { amount })
}

function newCharge(
  context: SandboxContext,
  { invoice }: StoredInvoice,
  { id, amount }: StoredPaymentIntent,
  method: StoredPaymentMethod,
  hasSucceeded: boolean,
): StoredCharge {
  const given = { id: context.newId('ch'), now: context.nowSecond(), invoice, amount }
  const made = charge(given, id, method, hasSucceeded)
  context.state.charges.put(made)
  context.emit(hasSucceeded ? 'charge.succeeded' : 'charge.failed', made)
  return made
}

function openPayment(
  context: SandboxContext,
  stored: StoredInvoice,
): { readonly intent: StoredPaymentIntent; readonly payment: StoredInvoicePayment } {
  const amount = stored.invoice.amount_remaining
  const known = findOpenPayment(context, stored)
  const intent = context.state.paymentIntents.get(known?.payment.payment_intent ?? '')
  if (known !== undefined && intent !== undefined) {
    const payment = { ...known, amount_requested: amount }
    context.state.invoicePayments.put(payment)
    return { intent: changeIntent(context, intent, { amount }), payment }
  }
  const created = newIntent(context, stored, amount)
  const payment = invoicePayment(
    { id: context.newId('inpay'), now: context.nowSecond(), invoice: stored.invoice, amount },
    { type: 'payment_intent', payment_intent: created.id },
    true,
  )
  context.state.invoicePayments.put(payment)
  return { intent: created, payment }
}

function findOpenPayment(
  { state }: SandboxContext,
  { invoice }: StoredInvoice,
): StoredInvoicePayment | undefined {
  return state.invoicePayments
    .idsWhere('invoice', invoice.id)
    .flatMap((id) => state.invoicePayments.get(id) ?? [])
    .find(({ status }) => status === 'open')
}

function newIntent(context: SandboxContext, { invoice }: StoredInvoice, amount: number): StoredPaymentIntent {
  const intent = paymentIntent({ id: context.newId('pi'), now: context.nowSecond(), invoice, amount })
  context.state.paymentIntents.put(intent)
  return intent
}

function changeIntent(
  { state }: SandboxContext,
  intent: StoredPaymentIntent,
  changes: Partial<StoredPaymentIntent>,
): StoredPaymentIntent {
  const changed = { ...intent, ...changes }
  state.paymentIntents.put(changed)
  return changed
}

function defaultPaymentMethod(
  context: SandboxContext,
  { invoice }: StoredInvoice,
): StoredPaymentMethod | undefined {
  const { customer } = getCustomer(context.state, invoice.customer, 'customer', 400)
  const chosen = invoice.default_payment_method ?? customer.invoice_settings.default_payment_method
  return typeof chosen === 'string' ? context.state.paymentMethods.get(chosen) : undefined
}
