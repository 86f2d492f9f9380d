/**
 * A document at Stripe compared with ours. Finalizing cannot be taken back, so before it the number of lines, their sum, the tax and the
 * total must be our integers, and the customer must have no balance that would change what is asked for.
 */
import type { Stripe } from 'stripe'
import { deletedCustomer } from './customer-steps.ts'
import type { PushDocument } from './push-document.ts'
import { collectAll, PushProblem } from './step-context.ts'
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
  const { totalMinor, taxMinor, prices, number, taxes } = document
  const sumMinor = lines.reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  const lineCount = countStripeLines(document)
  const ownSumMinor = prices === 'net' ? totalMinor - taxMinor : totalMinor
  if (lines.length !== lineCount || sumMinor !== ownSumMinor) {
    throw new PushProblem(
      `${invoice.id} has ${lines.length} lines that sum to ${sumMinor} at Stripe, ` +
        `but invoice ${number} has ${lineCount} that sum to ${ownSumMinor}; compare them.`,
    )
  }
  const taxAtStripe = (invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + BigInt(amount), 0n)
  if (taxes.length > 0 && taxAtStripe !== taxMinor) {
    throw new PushProblem(
      `${invoice.id} has tax of ${taxAtStripe} at Stripe, but invoice ${number} has ${taxMinor}; compare them.`,
    )
  }
}

/** @throws PushProblem */
export function assertSameTotal(document: PushDocument, { id, total, currency }: Stripe.Invoice): void {
  if (BigInt(total) === document.totalMinor && currency === document.currency) return
  throw new PushProblem(
    `${id} has the total ${total} ${currency} at Stripe, but invoice ${document.number} has ` +
      `${document.totalMinor} ${document.currency} (minor units); compare them.`,
  )
}

/** @throws PushProblem for a void invoice: somebody withdrew it at Stripe */
export function assertNotVoid({ status, id }: Stripe.Invoice): void {
  if (status === 'void')
    throw new PushProblem(`${id} was voided at Stripe; correct the invoice here as well.`)
}

/** The invoice's customer must be expanded, with its balances. @throws PushProblem */
export function assertNoBalance({ id, customer, currency }: Stripe.Invoice): void {
  if (customer === null || typeof customer === 'string') {
    throw new PushProblem(`${id} names no customer at Stripe; compare it.`)
  }
  if (customer.deleted === true) throw deletedCustomer(customer.id)
  // `balance` is of the customer's own currency and has the other sign.
  const credit =
    customer.invoice_credit_balance?.[currency] ?? (customer.currency === currency ? -customer.balance : 0)
  if (credit === 0) return
  throw new PushProblem(
    `The customer ${customer.id} has a balance of ${-credit} ${currency} at Stripe that is not ours and would change what ` +
      `${id} asks for; bring it to zero there, then try again.`,
  )
}
