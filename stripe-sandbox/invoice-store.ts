/** Reading and replacing invoices, and the one way for an invoice to become paid. */
import type { Stripe } from 'stripe'
import type { SandboxContext } from './operation.ts'
import type { SandboxInvoice, SandboxState, StoredInvoice } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

/** @throws StripeFailure 404, or 400 when the id came as a parameter */
export function getInvoice(
  state: SandboxState,
  id: string,
  param = 'invoice',
  status: 400 | 404 = 404,
): StoredInvoice {
  const stored = state.invoices.get(id)
  if (stored === undefined) throw resourceMissing('invoice', id, param, status)
  return stored
}

export function changeInvoice(
  { state }: SandboxContext,
  stored: StoredInvoice,
  changes: Partial<SandboxInvoice>,
): StoredInvoice {
  const changed = { ...stored, invoice: { ...stored.invoice, ...changes } }
  state.invoices.put(changed)
  return changed
}

export function movedTo(
  { invoice }: StoredInvoice,
  transition: keyof Stripe.Invoice.StatusTransitions,
  second: number,
): Stripe.Invoice.StatusTransitions {
  return { ...invoice.status_transitions, [transition]: second }
}

export function assertDraft({ invoice }: StoredInvoice, rule: string): void {
  if (invoice.status === 'draft') return
  throw invalidRequest(`${rule}; this invoice is ${invoice.status}.`, 'invoice_not_editable')
}

/** From a card or a bank through Stripe, or from elsewhere: then no attempt to pay has succeeded, and none is told of. */
export type PaymentOrigin = 'stripe' | 'elsewhere'

/** `amountPaid` has come just now; what was paid before stays counted. */
export function markPaid(
  context: SandboxContext,
  stored: StoredInvoice,
  amountPaid: number,
  origin: PaymentOrigin = 'stripe',
): StoredInvoice {
  const paid = changeInvoice(context, stored, {
    status: 'paid',
    amount_paid: stored.invoice.amount_paid + amountPaid,
    amount_remaining: 0,
    next_payment_attempt: null,
    status_transitions: movedTo(stored, 'paid_at', context.nowSecond()),
  })
  context.emit('invoice.paid', paid.invoice)
  if (origin === 'stripe') context.emit('invoice.payment_succeeded', paid.invoice)
  return paid
}
