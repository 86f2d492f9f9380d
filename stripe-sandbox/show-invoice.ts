/** An invoice as answers show it: the first ten of its lines, and what `expand` asks for. */
import type { Stripe } from 'stripe'
import { getCustomer } from './customer-store.ts'
import type { Expansion } from './expansion.ts'
import type { SandboxContext } from './operation.ts'
import { pageOf } from './pagination.ts'
import type { StoredCustomer, StoredInvoice, StoredInvoicePayment } from './sandbox-state.ts'

export const paymentExpansions = ['payment.payment_intent', 'payment.payment_record'] as const

export const invoiceExpansions = [
  'amount_paid_off_stripe',
  'customer',
  'customer.invoice_credit_balance',
  'default_payment_method',
  'payments',
  ...paymentExpansions.map((path) => `payments.data.${path}`),
]

export function showInvoice(
  context: SandboxContext,
  { invoice, lines, paidElsewhere }: StoredInvoice,
  wanted: Expansion,
): Stripe.Invoice {
  const { state } = context
  const shown: Stripe.Invoice = { ...invoice, lines: pageOf(lines, {}, invoice.lines.url) }
  if (wanted.size === 0) return shown
  const method =
    typeof invoice.default_payment_method === 'string'
      ? state.paymentMethods.get(invoice.default_payment_method)
      : undefined
  return {
    ...shown,
    ...(wanted.has('amount_paid_off_stripe') ? { amount_paid_off_stripe: paidElsewhere } : {}),
    ...(wanted.has('customer')
      ? { customer: showCustomer(getCustomer(state, invoice.customer, 'customer', 404)) }
      : {}),
    ...(wanted.has('default_payment_method') && method !== undefined
      ? { default_payment_method: method.paymentMethod }
      : {}),
    ...(wanted.has('payments') ? { payments: paymentsOf(context, invoice.id, wanted) } : {}),
  }
}

export function showCustomer({
  customer,
  isDeleted,
}: StoredCustomer): Stripe.Customer | Stripe.DeletedCustomer {
  return isDeleted ? { id: customer.id, object: 'customer', deleted: true } : customer
}

export function showInvoicePayment(
  { state }: SandboxContext,
  payment: StoredInvoicePayment,
  wanted: Expansion,
): Stripe.InvoicePayment {
  const { payment_intent = '', payment_record = '' } = payment.payment
  const intent = wanted.has('payment.payment_intent') ? state.paymentIntents.get(payment_intent) : undefined
  const record = wanted.has('payment.payment_record') ? state.paymentRecords.get(payment_record) : undefined
  return {
    ...payment,
    payment: {
      ...payment.payment,
      ...(intent === undefined ? {} : { payment_intent: intent }),
      ...(record === undefined ? {} : { payment_record: record }),
    },
  }
}

function paymentsOf(
  context: SandboxContext,
  invoiceId: string,
  wanted: Expansion,
): Stripe.ApiList<Stripe.InvoicePayment> {
  const { invoicePayments } = context.state
  const inner = new Set(
    [...wanted].flatMap((path) =>
      path.startsWith('payments.data.') ? path.slice('payments.data.'.length) : [],
    ),
  )
  const payments = invoicePayments
    .idsWhere('invoice', invoiceId)
    .flatMap((id) => invoicePayments.get(id) ?? [])
    .map((payment) => showInvoicePayment(context, payment, inner))
  return pageOf(payments.reverse(), {}, '/v1/invoice_payments')
}
