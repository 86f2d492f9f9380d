/**
 * What of an invoice is still to be paid: the one place that knows. Negative where more was paid or given back than charged: then
 * the customer is owed it.
 *
 * A void invoice asks for nothing. One whose balance is zero while it is `issued` counts as settled: nobody is asked for money,
 * and its status stays, since `paid` would say that money came.
 */
import type { InvoiceStatus } from '../billing-words.ts'

export type Settlement = {
  readonly status: InvoiceStatus
  readonly totalMinor: bigint
  /** By issued credit notes, with tax. */
  readonly creditedMinor: bigint
  readonly paidMinor: bigint
}

export function balanceOf({ status, totalMinor, creditedMinor, paidMinor }: Settlement): bigint {
  return status === 'void' ? 0n : totalMinor - creditedMinor - paidMinor
}
