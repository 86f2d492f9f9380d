/**
 * An invoice's states: draft → open → paid, void or uncollectible; uncollectible → paid or void. Only a draft is edited, deleted or finalized.
 *
 * Finalizing applies the customer's balance. A total of zero or less is paid at once, and what is below zero is credited to the balance; an
 * amount below the least that can be charged is paid as well, with `amount_due` 0, and moves to the balance for the next invoice.
 */
import type { Stripe } from 'stripe'
import { assertNothingUnderWay, collectByItself, scheduleRetry } from './collect-invoice.ts'
import { assertPayableAmount, minimumChargeOf } from './currency-rules.ts'
import { balanceOf, changeBalance } from './customer-balance.ts'
import { getCustomer } from './customer-store.ts'
import { customerSnapshot, draftInvoice, lineItem } from './invoice-object.ts'
import { assertPrice, showPrice, type LinePrice } from './line-prices.ts'
import { assertDraft, changeInvoice, getInvoice, markPaid, movedTo } from './invoice-store.ts'
import { cancelOpenPayment } from './open-payment.ts'
import type { SandboxContext } from './operation.ts'
import type { MetadataPatch } from './parameters.ts'
import { patchMetadata } from './parameters.ts'
import type { SandboxInvoice, StoredCustomer, StoredInvoice } from './sandbox-state.ts'
import { invalidRequest } from './stripe-failure.ts'
import { implicitTaxRate, totalsOf, type TaxRateContent } from './tax-rates.ts'

const HOUR_SECONDS = 3_600

export type NewTax = {
  readonly amount: number
  readonly taxable_amount: number
  readonly taxability_reason?: string
  readonly tax_rate_data: TaxRateContent
}

export type NewLine = {
  readonly amount: number
  /** What the amount was made of. */
  readonly price?: LinePrice
  readonly description?: string
  readonly period?: { readonly start: number; readonly end: number }
  readonly metadata?: MetadataPatch
  readonly tax_amounts?: readonly NewTax[] | null
}

/** @throws StripeFailure 400 when another document, draft or not, has the number already, or the customer cannot have this currency. */
export function newInvoice(
  context: SandboxContext,
  customer: StoredCustomer,
  given: Partial<SandboxInvoice>,
): StoredInvoice {
  assertNumberIsFree(context, given.number ?? undefined)
  const now = context.nowSecond()
  const invoice = { ...draftInvoice(context.newId('in'), now, customer), ...given }
  assertCurrency(customer, invoice.currency)
  const stored = { invoice, lines: [], paidElsewhere: 0 }
  context.state.invoices.put(stored)
  if (customer.customer.currency === null) {
    context.state.customers.put({
      ...customer,
      customer: { ...customer.customer, currency: invoice.currency },
    })
  }
  context.emit('invoice.created', invoice)
  return withAutomaticFinalization(context, stored)
}

export function updateDraft(
  context: SandboxContext,
  id: string,
  changes: Partial<SandboxInvoice>,
): StoredInvoice {
  const stored = getInvoice(context.state, id)
  if (changes.number !== undefined && changes.number !== stored.invoice.number) {
    assertNumberIsFree(context, changes.number ?? undefined)
  }
  const changed = changeInvoice(context, stored, changes)
  context.emit('invoice.updated', changed.invoice)
  return changed.invoice.status === 'draft' ? withAutomaticFinalization(context, changed) : changed
}

/** From now on an open invoice is collected by itself, or no longer. */
export function setAutoAdvance(context: SandboxContext, stored: StoredInvoice): void {
  const { status, auto_advance, attempted } = stored.invoice
  if (status !== 'open') return
  if (auto_advance !== true) changeInvoice(context, stored, { next_payment_attempt: null })
  else if (attempted) scheduleRetry(context, stored)
  else scheduleCollection(context, stored)
}

export function addLines(
  context: SandboxContext,
  id: string,
  added: readonly NewLine[],
  maxLines: number,
): StoredInvoice {
  const stored = getInvoice(context.state, id)
  assertDraft(stored, 'Lines are only added to a draft')
  if (stored.lines.length + added.length > maxLines) {
    throw invalidRequest(`An invoice has at most ${maxLines} lines.`, 'parameter_invalid', 'lines')
  }
  for (const [index, { amount, price, tax_amounts }] of added.entries()) {
    if (price !== undefined)
      assertPrice(context, price, stored.invoice.currency, `lines[${index}][price_data]`)
    assertPayableAmount(amount, stored.invoice.currency, `lines[${index}][amount]`)
    for (const tax of tax_amounts ?? []) {
      assertPayableAmount(tax.amount, stored.invoice.currency, `lines[${index}][tax_amounts]`)
    }
  }
  const lines = [...stored.lines, ...added.map((line) => newLineItem(context, stored.invoice, line))]
  const totals = totalsOf(lines)
  const amountDue = Math.max(0, totals.total)
  return changeInvoice(
    context,
    { ...stored, lines },
    { ...totals, amount_due: amountDue, amount_remaining: amountDue },
  )
}

export function finalize(
  context: SandboxContext,
  id: string,
  autoAdvance: boolean | undefined,
): StoredInvoice {
  const draft = getInvoice(context.state, id)
  const { invoice } = draft
  assertDraft(draft, 'Only a draft is finalized')
  const customer = getCustomer(context.state, invoice.customer, 'customer', 400)
  const now = context.nowSecond()
  const starting = balanceOf(customer, invoice.currency)
  const net = invoice.total + starting
  const isTooSmall = invoice.total > 0 && net > 0 && net < minimumChargeOf(invoice.currency)
  const amountDue = net <= 0 || invoice.total <= 0 || isTooSmall ? 0 : net
  const ending = invoice.total === 0 ? starting : net - amountDue
  const number = invoice.number ?? takeNextNumber(context, customer)
  const open = changeInvoice(context, draft, {
    ...(customer.isDeleted ? {} : customerSnapshot(customer)),
    status: 'open',
    auto_advance: autoAdvance ?? invoice.auto_advance ?? false,
    automatically_finalizes_at: null,
    number,
    effective_at: invoice.effective_at ?? now,
    hosted_invoice_url: `${context.url()}/i/${id}`,
    invoice_pdf: `${context.url()}/i/${id}/pdf`,
    starting_balance: starting,
    ending_balance: ending,
    amount_due: amountDue,
    amount_remaining: amountDue,
    status_transitions: movedTo(draft, 'finalized_at', now),
  })
  if (ending !== starting) {
    changeBalance(context, getCustomer(context.state, invoice.customer, 'customer', 400), {
      currency: invoice.currency,
      amount: ending - starting,
      type: isTooSmall ? 'invoice_too_small' : 'applied_to_invoice',
      invoice: id,
    })
  }
  context.emit('invoice.finalized', open.invoice)
  if (amountDue === 0) return markPaid(context, open, 0)
  scheduleCollection(context, open)
  scheduleOverdue(context, open)
  return open
}

export function deleteDraft(context: SandboxContext, id: string): void {
  const stored = getInvoice(context.state, id)
  assertDraft(stored, 'Only a draft is deleted')
  context.state.invoices.delete(id)
  context.emit('invoice.deleted', stored.invoice)
}

/** Only one of which nothing was paid. What the balance gave is given back. */
export function voidInvoice(context: SandboxContext, id: string): StoredInvoice {
  const stored = getInvoice(context.state, id)
  assertStatus(stored, ['open', 'uncollectible'], 'voided')
  if (stored.invoice.amount_paid > 0) {
    throw invalidRequest('An invoice with payments cannot be voided.', 'status_transition_invalid')
  }
  assertNothingUnderWay(context, stored)
  cancelOpenPayment(context, stored)
  const { customer, currency, starting_balance, ending_balance } = stored.invoice
  const applied = (ending_balance ?? 0) - starting_balance
  if (applied !== 0) {
    changeBalance(context, getCustomer(context.state, customer, 'customer', 400), {
      currency,
      amount: -applied,
      type: 'unapplied_from_invoice',
      invoice: id,
    })
  }
  const voided = changeInvoice(context, stored, {
    status: 'void',
    amount_remaining: 0,
    next_payment_attempt: null,
    status_transitions: movedTo(stored, 'voided_at', context.nowSecond()),
  })
  context.emit('invoice.voided', voided.invoice)
  return voided
}

export function markUncollectible(context: SandboxContext, id: string): StoredInvoice {
  const stored = getInvoice(context.state, id)
  assertStatus(stored, ['open'], 'marked uncollectible')
  const changed = changeInvoice(context, stored, {
    status: 'uncollectible',
    next_payment_attempt: null,
    status_transitions: movedTo(stored, 'marked_uncollectible_at', context.nowSecond()),
  })
  context.emit('invoice.marked_uncollectible', changed.invoice)
  return changed
}

/** Somebody says that the money of an open invoice came another way; nothing is collected. */
export function payOutOfBand(context: SandboxContext, stored: StoredInvoice): StoredInvoice {
  assertNothingUnderWay(context, stored)
  cancelOpenPayment(context, stored)
  const { amount_remaining } = stored.invoice
  const marked = { ...stored, paidElsewhere: stored.paidElsewhere + amount_remaining }
  return markPaid(context, marked, amount_remaining, 'elsewhere')
}

export function sendInvoice(context: SandboxContext, id: string): StoredInvoice {
  const stored = getInvoice(context.state, id)
  assertStatus(stored, ['open', 'uncollectible', 'paid'], 'sent')
  if (stored.invoice.collection_method !== 'send_invoice') {
    throw invalidRequest(
      'Only an invoice with collection_method=send_invoice can be sent.',
      'parameter_invalid',
    )
  }
  context.emit('invoice.sent', stored.invoice)
  return stored
}

export function assertStatus({ invoice }: StoredInvoice, allowed: readonly string[], verb: string): void {
  if (allowed.includes(invoice.status)) return
  throw invalidRequest(
    `An invoice that is ${invoice.status} cannot be ${verb}; it has to be ${allowed.join(' or ')}.`,
    'status_transition_invalid',
  )
}

/** A draft with `auto_advance` is finalized by itself an hour after it was made; called at start as well. */
export function withAutomaticFinalization(context: SandboxContext, stored: StoredInvoice): StoredInvoice {
  const { id, created, auto_advance, automatically_finalizes_at } = stored.invoice
  const atSecond = auto_advance === true ? created + HOUR_SECONDS : null
  if (atSecond !== null) {
    context.schedule(atSecond * 1000, () => {
      const draft = context.state.invoices.get(id)?.invoice
      if (draft?.status === 'draft' && draft.auto_advance === true) finalize(context, id, undefined)
    })
  }
  if (automatically_finalizes_at === atSecond) return stored
  return changeInvoice(context, stored, { automatically_finalizes_at: atSecond })
}

/** Called after a restart as well; what was overdue then has been told before. */
export function scheduleOverdue(context: SandboxContext, { invoice: { id, due_date } }: StoredInvoice): void {
  if (due_date === null || due_date * 1000 < context.nowMs()) return
  context.schedule(due_date * 1000, () => {
    const invoice = context.state.invoices.get(id)?.invoice
    if (invoice?.status === 'open') context.emit('invoice.overdue', invoice)
  })
}

function scheduleCollection(context: SandboxContext, { invoice }: StoredInvoice): void {
  if (invoice.auto_advance !== true || invoice.collection_method !== 'charge_automatically') return
  context.schedule(context.nowMs() + context.settings.collectionDelayMs, () =>
    collectByItself(context, invoice.id),
  )
}

/**
 * An invoice may be in another currency than its customer's. The metadata `sandbox_currency=fixed` stands for a customer of whom that is not
 * true, and who is refused with Stripe's own sentence.
 */
function assertCurrency({ customer }: StoredCustomer, currency: string): void {
  const fixed = customer.metadata['sandbox_currency'] === 'fixed' ? customer.currency : null
  if (fixed === null || fixed === undefined || fixed === currency) return
  throw invalidRequest(
    'You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, ' +
      `or invoice item with currency ${fixed}.`,
    undefined,
    'currency',
  )
}

function assertNumberIsFree({ state }: SandboxContext, number: string | undefined): void {
  if (number === undefined || state.invoices.idsWhere('number', number).length === 0) return
  throw invalidRequest(`The invoice number ${number} is already in use.`, 'parameter_invalid', 'number')
}

/** The customer's prefix and the first free number, as "1A2B3C4D-0001". */
function takeNextNumber(context: SandboxContext, stored: StoredCustomer): string {
  const { customer } = stored
  for (let sequence = customer.next_invoice_sequence ?? 1; ; sequence += 1) {
    const number = `${customer.invoice_prefix ?? 'INVOICE'}-${String(sequence).padStart(4, '0')}`
    if (context.state.invoices.idsWhere('number', number).length > 0) continue
    context.state.customers.put({ ...stored, customer: { ...customer, next_invoice_sequence: sequence + 1 } })
    return number
  }
}

function newLineItem(
  context: SandboxContext,
  invoice: SandboxInvoice,
  line: NewLine,
): Stripe.InvoiceLineItem {
  const taxes = (line.tax_amounts ?? []).map((tax): Stripe.InvoiceLineItem.Tax => {
    const rate = implicitTaxRate(context, tax.tax_rate_data)
    return {
      amount: tax.amount,
      tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
      tax_rate_details: { tax_rate: rate.id },
      taxability_reason: tax.taxability_reason ?? 'not_available',
      taxable_amount: tax.taxable_amount,
      type: 'tax_rate_details',
    }
  })
  const metadata = patchMetadata(null, line.metadata)
  const plain = lineItem(context.newId('il'), context.nowSecond(), invoice, line, metadata, taxes)
  if (line.price === undefined) return plain
  const price = showPrice(context, line.price)
  return { ...plain, ...price, description: plain.description ?? price.description }
}
