/** What Stripe collected for an invoice, and what of it was given back. */
import type { Stripe } from 'stripe'
import { collectAll } from './step-context.ts'

export type CollectedPayment = {
  readonly paymentIntentId: string
  readonly amountMinor: bigint
  readonly refunds: readonly Stripe.Refund[]
}

/** Payments that Stripe itself took; what was paid out of band is none. */
export async function listCollected(stripe: Stripe, invoiceId: string): Promise<readonly CollectedPayment[]> {
  const payments = await collectAll(stripe.invoicePayments.list({ invoice: invoiceId, limit: 100 }))
  const collected: CollectedPayment[] = []
  for (const { payment, amount_paid, status } of payments) {
    const intent = payment.payment_intent
    if (status !== 'paid' || amount_paid === null || intent === undefined) continue
    const paymentIntentId = typeof intent === 'string' ? intent : intent.id
    const refunds = await collectAll(stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }))
    collected.push({ paymentIntentId, amountMinor: BigInt(amount_paid), refunds })
  }
  return collected
}

/** What of a payment may still be given back; a refund that failed gave nothing. */
export function leftOf({ amountMinor, refunds }: CollectedPayment): bigint {
  return refunds
    .filter(({ status }) => status !== 'failed' && status !== 'canceled')
    .reduce((left, { amount }) => left - BigInt(amount), amountMinor)
}
