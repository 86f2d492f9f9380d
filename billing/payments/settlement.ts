/**
 * What of an invoice is paid, open and owed, in minor units. Pure, and the only place that knows.
 *
 * The balance is the total less credit notes less payments plus refunds; below zero the customer is owed it. What is open is the balance, or nothing if it is
 * below zero. A void or a paid invoice asks for nothing. One whose balance is zero while it is `issued` counts as settled: nobody is asked for
 * money, and its status stays, since `paid` would say that money came.
 *
 * Of a paid invoice at least what was open then was paid, even where it is not known how; what is known to have come on top counts as well, so that
 * who paid twice is owed the second payment.
 */
import type { InvoiceStatus } from '../billing-words.ts'

export type SettlementFacts = {
  readonly status: InvoiceStatus
  readonly totalMinor: bigint
  /** Recorded payments that were not taken back. */
  readonly recordedMinor: bigint
  /** What Stripe collected, before refunds; nothing of what it was only told to have been paid elsewhere. */
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
      const paidMinor = max(openWhenPaid(facts), recordedMinor + collectedMinor)
      return {
        paidMinor,
        openMinor: 0n,
        balanceMinor: totalMinor - creditedMinor - paidMinor + refundedMinor,
      }
    }
    case 'issued':
    case 'uncollectible': {
      const paidMinor = recordedMinor + collectedMinor
      const balanceMinor = totalMinor - creditedMinor - paidMinor + refundedMinor
      return { paidMinor, openMinor: max(balanceMinor, 0n), balanceMinor }
    }
  }
}

/**
 * Whether a paid invoice is open again once so much of its recorded payments is taken back: if they had settled it, or if what is left does not
 * cover it. One that Stripe settled stays paid.
 */
export function isOpenWithout(facts: SettlementFacts, amountMinor: bigint): boolean {
  const without = { ...facts, recordedMinor: facts.recordedMinor - amountMinor }
  const hadSettled = isCovered(facts) && !isCovered(without)
  return hadSettled || settlementOf(without).balanceMinor > 0n
}

function isCovered(facts: SettlementFacts): boolean {
  return facts.recordedMinor + facts.collectedMinor >= openWhenPaid(facts)
}

function openWhenPaid({ totalMinor, creditedBeforePaymentMinor }: SettlementFacts): bigint {
  return max(totalMinor - creditedBeforePaymentMinor, 0n)
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}
