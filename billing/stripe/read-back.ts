/**
 * A document at Stripe compared with ours. Finalizing cannot be taken back, so before it the number of lines, their sum, the tax and the
 * total must be our integers, and the customer must have no balance that would change what is asked for.
 */
import type { Stripe } from 'stripe'
import type { PushDocument } from './push-document.ts'
import { PushProblem } from './push-problems.ts'
import { collectAll } from './step-context.ts'
import { countStripeLines } from './stripe-lines.ts'

/** An invoice shows only its first lines; the rest is asked for. */
export async function listLines(
  stripe: Stripe,
  invoice: Stripe.Invoice,
): Promise<readonly Stripe.InvoiceLineItem[]> {
  if (!invoice.lines.has_more) return invoice.lines.data
  return await collectAll(stripe.invoices.listLineItems(invoice.id, { limit: 100 }))
}

/** @throws PushProblem */
export function assertSameContent(
  document: PushDocument,
  invoice: Stripe.Invoice,
  lines: readonly Stripe.InvoiceLineItem[],
): void {
  assertSameTotal(document, invoice)
  const { totalMinor, taxMinor, prices, number, taxes, currency } = document
  const stripeInvoiceId = invoice.id
  const sumMinor = lines.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  const lineCount = countStripeLines(document)
  const ownSumMinor = prices === 'net' ? totalMinor - taxMinor : totalMinor
  if (lines.length !== lineCount || sumMinor !== ownSumMinor) {
    throw new PushProblem('lines_differ', {
      stripeInvoiceId,
      lineCount: lines.length,
      sumMinor,
      number,
      ownLineCount: lineCount,
      ownSumMinor,
      currency,
    })
  }
  const taxAtStripe = (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  if (taxes.length > 0 && taxAtStripe !== taxMinor) {
    throw new PushProblem('tax_differs', {
      stripeInvoiceId,
      taxMinor: taxAtStripe,
      number,
      ownTaxMinor: taxMinor,
      currency,
    })
  }
}

/** @throws PushProblem */
export function assertSameTotal(document: PushDocument, { id, total, currency }: Stripe.Invoice): void {
  if (BigInt(total) === document.totalMinor && currency === document.currency) return
  throw new PushProblem('total_differs', {
    stripeInvoiceId: id,
    totalMinor: total,
    currency,
    number: document.number,
    ownTotalMinor: document.totalMinor,
    ownCurrency: document.currency,
  })
}

/** @throws PushProblem for a void invoice: somebody withdrew it at Stripe */
export function assertNotVoid({ status, id }: Stripe.Invoice): void {
  if (status === 'void') throw new PushProblem('invoice_voided', { stripeInvoiceId: id })
}

/** The invoice's customer must be expanded, with its balances. @throws PushProblem */
export function assertNoBalance({ id, customer, currency }: Stripe.Invoice): void {
  if (customer === null || typeof customer === 'string') {
    throw new PushProblem('customer_missing', { stripeInvoiceId: id })
  }
  if (customer.deleted === true) throw new PushProblem('customer_deleted', { stripeCustomerId: customer.id })
  // `balance` is of the customer's own currency and has the other sign.
  const credit =
    customer.invoice_credit_balance?.[currency] ?? (customer.currency === currency ? -customer.balance : 0)
  if (credit === 0) return
  throw new PushProblem('customer_has_balance', {
    stripeCustomerId: customer.id,
    balanceMinor: -credit,
    currency,
    stripeInvoiceId: id,
  })
}
