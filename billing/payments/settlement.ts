/**
 * What of an invoice is paid, open and owed, in minor units. Pure, and the only place that knows.
 *
 * The balance is the total less credit notes less payments plus refunds; below zero the customer is owed it. What is open is the balance, or nothing if it is
 * below zero. A void invoice asks for nothing. One whose balance is zero while it is `issued` counts as settled: nobody is asked for
 * money, and its status stays, since `paid` would say that money came.
 */
import type { InvoiceStatus } from '../billing-words.ts'

export type SettlementFacts = {
  readonly status: InvoiceStatus
  readonly totalMinor: bigint
  /** Recorded payments that were not taken back. */
  readonly recordedMinor: bigint
  /** What Stripe collected of an invoice that is not paid, before refunds. */
  readonly collectedMinor: bigint
  /** What Stripe gave back of it. */
  readonly refundedMinor: bigint
  /** Credit notes against the invoice, with tax, as a positive amount. */
  readonly creditedMinor: bigint
  /** What of them was issued before the invoice was paid. */
  readonly creditedBeforePaymentMinor: bigint
}

export type Settlement = {
  readonly paidMinor: bigint
  readonly openMinor: bigint
  readonly balanceMinor: bigint
}

export function settlementOf(facts: SettlementFacts): Settlement {
  const { status, totalMinor, recordedMinor, collectedMinor, refundedMinor, creditedMinor } = facts
  switch (status) {
    case 'draft':
      return { paidMinor: 0n, openMinor: 0n, balanceMinor: 0n }
    case 'void':
      return {
        paidMinor: recordedMinor + collectedMinor,
        openMinor: 0n,
        balanceMinor: refundedMinor - collectedMinor,
      }
    case 'paid': {
      // What was open then: whatever of it was not recorded came through Stripe.
      const paidMinor = restOf({
        ...facts,
        recordedMinor: 0n,
        collectedMinor: 0n,
        creditedMinor: facts.creditedBeforePaymentMinor,
      })
      return {
        paidMinor,
        openMinor: 0n,
        balanceMinor: totalMinor - creditedMinor - paidMinor + refundedMinor,
      }
    }
    case 'issued':
    case 'uncollectible':
      return {
        paidMinor: recordedMinor + collectedMinor,
        openMinor: restOf(facts),
        balanceMinor: totalMinor - creditedMinor - recordedMinor - collectedMinor + refundedMinor,
      }
  }
}

/** What payments and credits leave of the total; an invoice that asks for no money leaves nothing. */
export function restOf({
  totalMinor,
  recordedMinor,
  collectedMinor,
  creditedMinor,
}: Pick<SettlementFacts, 'totalMinor' | 'recordedMinor' | 'collectedMinor' | 'creditedMinor'>): bigint {
  const restMinor = totalMinor - recordedMinor - collectedMinor - creditedMinor
  return restMinor > 0n ? restMinor : 0n
}
