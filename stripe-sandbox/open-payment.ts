/**
 * What an invoice's payment leaves behind while it is made: the InvoicePayment, its PaymentIntent, its Charges, and what comes of it for the invoice.
 * At most one payment of an invoice is open; `collect-invoice.ts` and `debit-payments.ts` decide what becomes of it.
 */
import { changeInvoice, markPaid, type PaymentOrigin } from './invoice-store.ts'
import type { SandboxContext } from './operation.ts'
import { charge, invoicePayment, paymentIntent, type ChargeResult } from './payment-objects.ts'
import type {
  StoredCharge,
  StoredInvoice,
  StoredInvoicePayment,
  StoredPaymentIntent,
  StoredPaymentMethod,
} from './sandbox-state.ts'

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

export type PaymentParts = {
  readonly intent: StoredPaymentIntent
  readonly payment: StoredInvoicePayment
  readonly method: StoredPaymentMethod
}

/** The bank has paid a charge. */
export function takeCharged(
  context: SandboxContext,
  stored: StoredInvoice,
  { intent, payment, method }: PaymentParts,
  made: StoredCharge,
): StoredInvoice {
  const succeeded = changeIntent(context, intent, {
    status: 'succeeded',
    amount_received: intent.amount,
    latest_charge: made.id,
    payment_method: method.paymentMethod.id,
    last_payment_error: null,
    next_action: null,
  })
  context.emit('payment_intent.succeeded', succeeded)
  return creditPayment(context, stored, payment, 'stripe')
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

export function newCharge(
  context: SandboxContext,
  { invoice }: StoredInvoice,
  { id, amount }: StoredPaymentIntent,
  method: StoredPaymentMethod,
  result: ChargeResult,
): StoredCharge {
  const given = { id: context.newId('ch'), now: context.nowSecond(), invoice, amount }
  const made = charge(given, id, method, result)
  context.state.charges.put(made)
  context.emit(`charge.${result.status}`, made)
  return made
}

export function openPayment(
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

export function findOpenPayment(
  { state }: SandboxContext,
  { invoice }: StoredInvoice,
): StoredInvoicePayment | undefined {
  return state.invoicePayments
    .idsWhere('invoice', invoice.id)
    .flatMap((id) => state.invoicePayments.get(id) ?? [])
    .find(({ status }) => status === 'open')
}

export function newIntent(
  context: SandboxContext,
  { invoice }: StoredInvoice,
  amount: number,
): StoredPaymentIntent {
  const intent = paymentIntent({ id: context.newId('pi'), now: context.nowSecond(), invoice, amount })
  context.state.paymentIntents.put(intent)
  return intent
}

export function changeIntent(
  { state }: SandboxContext,
  intent: StoredPaymentIntent,
  changes: Partial<StoredPaymentIntent>,
): StoredPaymentIntent {
  const changed = { ...intent, ...changes }
  state.paymentIntents.put(changed)
  return changed
}
