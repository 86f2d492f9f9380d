/** An invoice as Stripe has it now, with how much of it was paid outside Stripe, which Stripe says only when it is asked for. */
import type { Stripe } from 'stripe'

export async function retrieveInvoice(stripe: Stripe, id: string): Promise<Stripe.Invoice> {
  return await stripe.invoices.retrieve(id, { expand: ['amount_paid_off_stripe'] })
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
