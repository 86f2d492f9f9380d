/**
 * What of an invoice is paid, open and owed, in minor units. Pure, and the only place that knows.
 *
 * The balance is the total less credit notes less payments; below zero the customer is owed it. What is open is the balance, or nothing if it is
 * below zero. A void invoice asks for nothing. One whose balance is zero while it is `issued` counts as settled: nobody is asked for
 * money, and its status stays, since `paid` would say that money came.
 */
import type { InvoiceStatus } from '../billing-words.ts'

export type SettlementFacts = {
  readonly status: InvoiceStatus
  readonly totalMinor: bigint
  /** Recorded payments that were not taken back. */
  readonly recordedMinor: bigint
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
  const { status, totalMinor, recordedMinor, creditedMinor } = facts
  switch (status) {
    case 'draft':
      return { paidMinor: 0n, openMinor: 0n, balanceMinor: 0n }
    case 'void':
      return { paidMinor: recordedMinor, openMinor: 0n, balanceMinor: 0n }
    case 'paid': {
      // What was open then: whatever of it was not recorded came through Stripe.
      const paidMinor = restOf({
        ...facts,
        recordedMinor: 0n,
        creditedMinor: facts.creditedBeforePaymentMinor,
      })
      return { paidMinor, openMinor: 0n, balanceMinor: totalMinor - creditedMinor - paidMinor }
    }
    case 'issued':
    case 'uncollectible':
      return {
        paidMinor: recordedMinor,
        openMinor: restOf(facts),
        balanceMinor: totalMinor - creditedMinor - recordedMinor,
      }
  }
}

/** What recorded payments and credits leave of the total; an invoice that asks for no money leaves nothing. */
export function restOf({
  totalMinor,
  recordedMinor,
  creditedMinor,
}: Pick<SettlementFacts, 'totalMinor' | 'recordedMinor' | 'creditedMinor'>): bigint {
  const restMinor = totalMinor - recordedMinor - creditedMinor
  return restMinor > 0n ? restMinor : 0n
}
