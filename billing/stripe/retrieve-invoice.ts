/** An invoice as Stripe has it now, with how much of it was paid outside Stripe, which Stripe says only when it is asked for. */
import { Stripe } from 'stripe'

export async function retrieveInvoice(stripe: Stripe, id: string): Promise<Stripe.Invoice> {
  return await stripe.invoices.retrieve(id, { expand: ['amount_paid_off_stripe'] })
}

/** Undefined when there is no such invoice any more. */
export async function findInvoice(stripe: Stripe, id: string): Promise<Stripe.Invoice | undefined> {
  try {
    return await retrieveInvoice(stripe, id)
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.statusCode === 404) return undefined
    throw error
  }
}

/** In minor units. */
export function paidElsewhereOf({
  amount_paid_off_stripe: paid,
}: Pick<Stripe.Invoice, 'amount_paid_off_stripe'>): bigint {
  return BigInt(paid ?? 0)
}

/** What Stripe itself collected, in minor units, before refunds. */
export function collectedOf(invoice: Pick<Stripe.Invoice, 'amount_paid' | 'amount_paid_off_stripe'>): bigint {
  return BigInt(invoice.amount_paid) - paidElsewhereOf(invoice)
}
