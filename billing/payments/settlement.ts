/**
 * What of an invoice is paid and what is open, in minor units. Pure, and the only place that knows: open is the total less
 * recorded payments and credits, and nothing once Stripe has collected it or it was made void.
 */
import type { InvoiceStatus } from '../billing-words.ts'

export type SettlementFacts = {
  readonly status: InvoiceStatus
  readonly totalMinor: bigint
  /** Recorded payments that were not taken back. */
  readonly recordedMinor: bigint
  /** Credit notes against the invoice, as a positive amount. */
  readonly creditedMinor: bigint
}

export type Settlement = { readonly paidMinor: bigint; readonly openMinor: bigint }

export function settlementOf(facts: SettlementFacts): Settlement {
  const { status, recordedMinor } = facts
  switch (status) {
    case 'draft':
      return { paidMinor: 0n, openMinor: 0n }
    case 'void':
      return { paidMinor: recordedMinor, openMinor: 0n }
    case 'paid':
      // Whatever was not recorded came through Stripe.
      return { paidMinor: recordedMinor + restOf(facts), openMinor: 0n }
    case 'issued':
    case 'uncollectible':
      return { paidMinor: recordedMinor, openMinor: restOf(facts) }
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
