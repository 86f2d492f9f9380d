/**
 * What a credit note would be: its lines and totals, and how its total splits into the part that lowers what remains of the invoice and the
 * part that comes after payment. Nothing is changed here, so that a preview and the real thing cannot differ.
 */
import type { Stripe } from 'stripe'
import type { Rational } from '../core/index.ts'
import { getInvoice } from './invoice-store.ts'
import { amountOf, toDecimal, unitAmountOf, wholeNumber } from './line-prices.ts'
import type { SandboxContext } from './operation.ts'
import { patchMetadata, type MetadataPatch } from './parameters.ts'
import { getRefund, refundableAmount } from './refunds.ts'
import type { StoredCharge, StoredInvoice } from './sandbox-state.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'
import { totalsOf } from './tax-rates.ts'

export type CreditLine = {
  readonly type: 'invoice_line_item' | 'custom_line_item'
  readonly amount?: number
  readonly description?: string
  readonly invoice_line_item?: string
  readonly metadata?: MetadataPatch
  readonly quantity?: number
  readonly unit_amount?: number
  readonly unit_amount_decimal?: Rational
  readonly tax_amounts?:
    readonly { readonly amount: number; readonly taxable_amount: number; readonly tax_rate: string }[] | null
}

export type CreditNoteRequest = {
  readonly invoice: string
  readonly amount?: number
  readonly lines?: readonly CreditLine[]
  readonly credit_amount?: number
  readonly refund_amount?: number
  readonly out_of_band_amount?: number
  readonly refunds?: readonly { readonly refund: string; readonly amount_refunded?: number }[]
  readonly effective_at?: number
  readonly memo?: string
  readonly metadata?: MetadataPatch
  readonly reason?: string
}

export type CreditNoteContent = {
  readonly invoice: StoredInvoice
  readonly creditNote: Stripe.CreditNote & { readonly customer: string; readonly invoice: string }
  readonly lines: readonly Stripe.CreditNoteLineItem[]
  readonly creditAmount: number
  readonly refundAmount: number
  /** What `refundAmount` is refunded from. */
  readonly refundedCharge: StoredCharge | undefined
}

/** @throws StripeFailure when the invoice takes no credit note or the amounts do not add up */
export function creditNoteContent(
  context: SandboxContext,
  id: string,
  given: CreditNoteRequest,
): CreditNoteContent {
  const invoice = getInvoice(context.state, given.invoice, 'invoice', 400)
  const earlier = creditNotesOf(context, given.invoice)
  assertCreditable(invoice)
  const lines = creditLines(context, invoice, given)
  const totals = totalsOf(lines)
  if (given.amount !== undefined && given.amount !== totals.total) {
    throw invalidRequest(
      `The amount ${given.amount} is not the total of the lines, ${totals.total}.`,
      'parameter_invalid',
      'amount',
    )
  }
  const credited = earlier.reduce((sum, { total, status }) => (status === 'void' ? sum : sum + total), 0)
  if (totals.total <= 0 || credited + totals.total > invoice.invoice.total) {
    throw invalidRequest(
      `A credit note for this invoice is between 1 and ${invoice.invoice.total - credited}.`,
      'parameter_invalid',
      'amount',
    )
  }
  const beforePayment = Math.min(totals.total, invoice.invoice.amount_remaining)
  const afterPayment = totals.total - beforePayment
  const refunds = (given.refunds ?? []).map((entry) => linkedRefund(context, invoice, earlier, entry))
  const linked = refunds.reduce((sum, { amount_refunded }) => sum + amount_refunded, 0)
  const split = {
    creditAmount: given.credit_amount ?? 0,
    refundAmount: given.refund_amount ?? 0,
    outOfBandAmount: given.out_of_band_amount ?? 0,
  }
  const splitTotal = split.creditAmount + split.refundAmount + split.outOfBandAmount + linked
  if (splitTotal !== afterPayment || Object.values(split).some((amount) => amount < 0)) {
    throw invalidRequest(
      `The sum of credit_amount, refund_amount, out_of_band_amount and refunds (${splitTotal}) must equal the credit note amount after ` +
        `payment (${afterPayment}).`,
      'parameter_invalid',
      'refund_amount',
    )
  }
  const creditNote = newCreditNote(context, id, invoice, {
    number: `${invoice.invoice.number}-CN-${String(earlier.length + 1).padStart(2, '0')}`,
    totals,
    beforePayment,
    outOfBandAmount: split.outOfBandAmount,
    refunds,
    given,
  })
  const refundedCharge =
    split.refundAmount > 0 ? chargeToRefund(context, invoice, split.refundAmount) : undefined
  return { ...split, invoice, creditNote, lines, refundedCharge }
}

/** The oldest first. */
function creditNotesOf({ state }: SandboxContext, invoiceId: string): Stripe.CreditNote[] {
  return state.creditNotes
    .idsWhere('invoice', invoiceId)
    .flatMap((id) => state.creditNotes.get(id)?.creditNote ?? [])
}

function assertCreditable({ invoice }: StoredInvoice): void {
  if (['open', 'paid', 'uncollectible'].includes(invoice.status)) return
  throw invalidRequest(
    `Credit notes are only for finalized invoices that are not void; this one is ${invoice.status}.`,
    'status_transition_invalid',
    'invoice',
  )
}

function creditLines(
  context: SandboxContext,
  invoice: StoredInvoice,
  { amount, lines }: CreditNoteRequest,
): Stripe.CreditNoteLineItem[] {
  if (lines !== undefined)
    return lines.map((line, index) => creditLine(context, invoice, line, `lines[${index}]`))
  if (amount === undefined) {
    throw invalidRequest('Give amount or lines.', 'parameter_missing', 'amount')
  }
  return [
    creditLine(context, invoice, { type: 'custom_line_item', quantity: 1, unit_amount: amount }, 'amount'),
  ]
}

function creditLine(
  context: SandboxContext,
  invoice: StoredInvoice,
  line: CreditLine,
  param: string,
): Stripe.CreditNoteLineItem {
  const { description, amount, unitAmount } =
    line.type === 'custom_line_item' ? customLine(line, param) : creditedLine(invoice, line, param)
  const taxes = (line.tax_amounts ?? []).map((tax): Stripe.CreditNoteLineItem.Tax => {
    const rate = context.state.taxRates.get(tax.tax_rate)
    if (rate === undefined) throw resourceMissing('tax rate', tax.tax_rate, `${param}[tax_amounts]`, 400)
    return {
      amount: tax.amount,
      tax_behavior: rate.inclusive ? 'inclusive' : 'exclusive',
      tax_rate_details: { tax_rate: rate.id },
      taxability_reason: 'not_available',
      taxable_amount: tax.taxable_amount,
      type: 'tax_rate_details',
    }
  })
  return {
    id: context.newId('cnli'),
    object: 'credit_note_line_item',
    amount,
    description,
    discount_amount: 0,
    discount_amounts: [],
    ...(line.invoice_line_item === undefined ? {} : { invoice_line_item: line.invoice_line_item }),
    livemode: false,
    metadata: patchMetadata(null, line.metadata),
    pretax_credit_amounts: [],
    quantity: line.quantity ?? null,
    tax_rates: [],
    taxes,
    type: line.type,
    unit_amount: unitAmount?.denominator === 1n ? Number(unitAmount.numerator) : null,
    unit_amount_decimal: unitAmount === undefined ? null : toDecimal(unitAmount),
  }
}

type LineContent = {
  readonly description: string | null
  readonly amount: number
  readonly unitAmount: Rational | undefined
}

function customLine(line: CreditLine, param: string): LineContent {
  const { quantity, unit_amount, unit_amount_decimal, description } = line
  if (quantity === undefined || line.amount !== undefined) {
    throw invalidRequest(
      'A custom_line_item has quantity and unit_amount, and no amount.',
      'parameter_missing',
      `${param}[quantity]`,
    )
  }
  const unitAmount = unitAmountOf({ unit_amount, unit_amount_decimal }, param)
  return {
    description: description ?? null,
    amount: amountOf(unitAmount, wholeNumber(quantity), param),
    unitAmount,
  }
}

/** The whole line unless an amount is given. */
function creditedLine({ lines }: StoredInvoice, line: CreditLine, param: string): LineContent {
  const credited = lines.find(({ id }) => id === line.invoice_line_item)
  if (credited === undefined) {
    throw resourceMissing(
      'invoice_line_item',
      line.invoice_line_item ?? '',
      `${param}[invoice_line_item]`,
      400,
    )
  }
  const { quantity, unit_amount, unit_amount_decimal } = line
  if ([quantity, unit_amount, unit_amount_decimal].some((given) => given !== undefined)) {
    throw invalidRequest(
      'An invoice_line_item takes an amount only here.',
      'parameter_invalid',
      `${param}[quantity]`,
    )
  }
  const amount = line.amount ?? credited.amount
  if (Math.abs(amount) > Math.abs(credited.amount)) {
    throw invalidRequest(`The line has only ${credited.amount}.`, 'parameter_invalid', `${param}[amount]`)
  }
  return { description: line.description ?? credited.description, amount, unitAmount: undefined }
}

/** A refund that was made before: of a payment of this invoice, and not on another credit note yet. */
function linkedRefund(
  context: SandboxContext,
  { invoice }: StoredInvoice,
  earlier: readonly Stripe.CreditNote[],
  entry: { readonly refund: string; readonly amount_refunded?: number },
): Stripe.CreditNote.Refund & { readonly refund: string } {
  const refund = getRefund(context, entry.refund, 'refunds', 400)
  const isOfInvoice = context.state.invoicePayments
    .idsWhere('payment_intent', refund.payment_intent)
    .some((id) => context.state.invoicePayments.get(id)?.invoice === invoice.id)
  const isUsed = earlier.some(
    ({ refunds, status }) => status !== 'void' && refunds.some((other) => other.refund === entry.refund),
  )
  const amount_refunded = entry.amount_refunded ?? refund.amount
  if (!isOfInvoice || isUsed || amount_refunded <= 0 || amount_refunded > refund.amount) {
    throw invalidRequest(
      'The refund is not one of this invoice that is still unused.',
      'parameter_invalid',
      'refunds',
    )
  }
  return { type: 'refund', refund: entry.refund, amount_refunded, payment_record_refund: null }
}

function chargeToRefund(context: SandboxContext, { invoice }: StoredInvoice, amount: number): StoredCharge {
  const { invoicePayments, paymentIntents, charges } = context.state
  const charge = invoicePayments
    .idsWhere('invoice', invoice.id)
    .flatMap((id) => paymentIntents.get(invoicePayments.get(id)?.payment.payment_intent ?? '') ?? [])
    .flatMap(({ latest_charge }) => charges.get(latest_charge ?? '') ?? [])
    .find((candidate) => candidate.paid && refundableAmount(candidate) >= amount)
  if (charge !== undefined) return charge
  throw invalidRequest(
    'No payment of this invoice has that much left to refund; use out_of_band_amount or credit_amount.',
    'parameter_invalid',
    'refund_amount',
  )
}

function newCreditNote(
  context: SandboxContext,
  id: string,
  { invoice }: StoredInvoice,
  parts: {
    readonly number: string
    readonly totals: ReturnType<typeof totalsOf>
    readonly beforePayment: number
    readonly outOfBandAmount: number
    readonly refunds: Stripe.CreditNote.Refund[]
    readonly given: CreditNoteRequest
  },
): CreditNoteContent['creditNote'] {
  const { totals, beforePayment, given } = parts
  const afterPayment = totals.total - beforePayment
  return {
    id,
    object: 'credit_note',
    amount: totals.total,
    amount_shipping: 0,
    created: context.nowSecond(),
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: given.effective_at ?? context.nowSecond(),
    invoice: invoice.id,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: given.memo ?? null,
    metadata: patchMetadata(null, given.metadata),
    number: parts.number,
    out_of_band_amount: parts.outOfBandAmount === 0 ? null : parts.outOfBandAmount,
    pdf: `${context.url()}/i/${invoice.id}`,
    post_payment_amount: afterPayment,
    pre_payment_amount: beforePayment,
    pretax_credit_amounts: [],
    reason: given.reason ?? null,
    refunds: parts.refunds,
    shipping_cost: null,
    status: 'issued',
    subtotal: totals.subtotal,
    subtotal_excluding_tax: totals.subtotal_excluding_tax,
    total: totals.total,
    total_excluding_tax: totals.total_excluding_tax,
    total_taxes: totals.total_taxes,
    type: afterPayment === 0 ? 'pre_payment' : beforePayment === 0 ? 'post_payment' : 'mixed',
    voided_at: null,
  }
}
