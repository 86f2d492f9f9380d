/**
 * An invoice's states: draft → open → paid. Only a draft is edited or deleted, only a draft is finalized, only an open
 * invoice is collected. A total of zero or less is paid by finalizing it.
 *
 * Not imitated: void, uncollectible, minimum amounts, customer balance, taxes, discounts.
 */
import type { Stripe } from 'stripe'
import { declinesPayments, getCustomer } from './customers.ts'
import type { SandboxContext } from './operation.ts'
import type { SandboxInvoice, SandboxState, StoredInvoice } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const DAY_SECONDS = 86_400

export type NewLine = {
  readonly amount: number
  readonly description?: string
  readonly period?: { readonly start: number; readonly end: number }
  readonly metadata?: Record<string, string>
}

export function getInvoice(state: SandboxState, id: string): StoredInvoice {
  const stored = state.invoices.get(id)
  if (stored === undefined) throw resourceMissing('invoice', id, 'invoice')
  return stored
}

/** @throws StripeFailure 400 when another document, draft or not, has the number already. */
export function newInvoice(
  context: SandboxContext,
  customer: Stripe.Customer,
  parameters: {
    readonly currency?: string
    readonly auto_advance?: boolean
    readonly number?: string
    readonly description?: string
    readonly metadata?: Record<string, string>
  },
): StoredInvoice {
  const { number } = parameters
  if (number !== undefined && isNumberTaken(context.state, number)) {
    throw invalidRequest(`The invoice number ${number} is already in use.`, 'parameter_invalid', 'number')
  }
  const draft = draftInvoice(context.newId('in'), context.nowSecond(), customer)
  const invoice: SandboxInvoice = {
    ...draft,
    auto_advance: parameters.auto_advance ?? false,
    currency: parameters.currency ?? 'usd',
    description: parameters.description ?? null,
    metadata: parameters.metadata ?? {},
    number: number ?? null,
  }
  context.emit('invoice.created', invoice)
  return put(context.state, { invoice, lines: [] })
}

export function addLines(
  context: SandboxContext,
  id: string,
  added: readonly NewLine[],
  maxLines: number,
): StoredInvoice {
  const stored = getInvoice(context.state, id)
  assertDraft(stored.invoice, 'Lines are only added to a draft')
  if (stored.lines.length + added.length > maxLines) {
    throw invalidRequest(`An invoice has at most ${maxLines} lines.`, 'parameter_invalid', 'lines')
  }
  const lines = [...stored.lines, ...added.map((line) => newLineItem(context, stored.invoice, line))]
  const total = lines.reduce((sum, line) => sum + line.amount, 0)
  const amountDue = Math.max(0, total)
  return put(context.state, {
    lines,
    invoice: {
      ...stored.invoice,
      subtotal: total,
      subtotal_excluding_tax: total,
      total,
      total_excluding_tax: total,
      amount_due: amountDue,
      amount_remaining: amountDue,
    },
  })
}

export function finalize(
  context: SandboxContext,
  id: string,
  autoAdvance: boolean | undefined,
): StoredInvoice {
  const { invoice, lines } = getInvoice(context.state, id)
  assertDraft(invoice, 'Only a draft is finalized')
  const now = context.nowSecond()
  const open = put(context.state, {
    lines,
    invoice: {
      ...invoice,
      status: 'open',
      auto_advance: autoAdvance ?? invoice.auto_advance ?? false,
      number: invoice.number ?? nextNumber(context.state, invoice),
      effective_at: now,
      starting_balance: 0,
      ending_balance: 0,
      status_transitions: { ...invoice.status_transitions, finalized_at: now },
    },
  })
  context.emit('invoice.finalized', open.invoice)
  if (open.invoice.amount_due === 0) return markPaid(context, open)
  if (open.invoice.auto_advance === true) context.scheduleCollection(id)
  return open
}

/** Tries to pay an open invoice with the customer's payment method; one that declines leaves it open. */
export function collect(context: SandboxContext, id: string): StoredInvoice {
  const stored = getInvoice(context.state, id)
  if (stored.invoice.status !== 'open') return stored
  const attempted = put(context.state, {
    lines: stored.lines,
    invoice: { ...stored.invoice, attempted: true, attempt_count: stored.invoice.attempt_count + 1 },
  })
  const customer = getCustomer(context.state.customers, stored.invoice.customer, 'customer', 400)
  if (!declinesPayments(customer)) return markPaid(context, attempted)
  const declined = put(context.state, {
    lines: attempted.lines,
    invoice: { ...attempted.invoice, next_payment_attempt: context.nowSecond() + 3 * DAY_SECONDS },
  })
  context.emit('invoice.payment_failed', declined.invoice)
  return declined
}

export function deleteDraft(state: SandboxState, id: string): void {
  assertDraft(getInvoice(state, id).invoice, 'Only a draft is deleted')
  state.invoices.delete(id)
}

/** Somebody says that the money of an open invoice came another way; nothing is collected. */
export function payOutOfBand(context: SandboxContext, id: string): StoredInvoice {
  return markPaid(context, getInvoice(context.state, id))
}

function markPaid(context: SandboxContext, stored: StoredInvoice): StoredInvoice {
  const paid = put(context.state, {
    lines: stored.lines,
    invoice: {
      ...stored.invoice,
      status: 'paid',
      amount_paid: stored.invoice.amount_due,
      amount_remaining: 0,
      next_payment_attempt: null,
      status_transitions: { ...stored.invoice.status_transitions, paid_at: context.nowSecond() },
    },
  })
  context.emit('invoice.paid', paid.invoice)
  context.emit('invoice.payment_succeeded', paid.invoice)
  return paid
}

function put(state: SandboxState, stored: StoredInvoice): StoredInvoice {
  state.invoices.set(stored.invoice.id, stored)
  return stored
}

function assertDraft(invoice: Stripe.Invoice, rule: string): void {
  if (invoice.status === 'draft') return
  throw invalidRequest(`${rule}; this invoice is ${invoice.status}.`, 'invoice_not_editable')
}

function isNumberTaken(state: SandboxState, number: string): boolean {
  return [...state.invoices.values()].some(({ invoice }) => invoice.number === number)
}

/** The customer's prefix and the first free number, as "1A2B3C4D-0001". */
function nextNumber(state: SandboxState, { customer }: SandboxInvoice): string {
  const prefix = state.customers.get(customer)?.invoice_prefix ?? 'INVOICE'
  for (let sequence = 1; ; sequence += 1) {
    const number = `${prefix}-${String(sequence).padStart(4, '0')}`
    if (!isNumberTaken(state, number)) return number
  }
}

function newLineItem(
  context: SandboxContext,
  invoice: Stripe.Invoice,
  line: NewLine,
): Stripe.InvoiceLineItem {
  const now = context.nowSecond()
  return {
    id: context.newId('il'),
    object: 'line_item',
    amount: line.amount,
    currency: invoice.currency,
    description: line.description ?? null,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: line.metadata ?? {},
    parent: null,
    period: line.period ?? { start: now, end: now },
    pretax_credit_amounts: [],
    pricing: null,
    quantity: 1,
    quantity_decimal: null,
    subscription: null,
    subtotal: line.amount,
    taxes: [],
  }
}

/** Every member of an invoice, so that a new SDK whose shape has drifted does not compile. */
function draftInvoice(id: string, now: number, customer: Stripe.Customer): SandboxInvoice {
  return {
    id,
    object: 'invoice',
    account_country: 'DE',
    account_name: 'Stand-in for Stripe',
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: 'manual',
    collection_method: 'charge_automatically',
    created: now,
    currency: '',
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  }
}
