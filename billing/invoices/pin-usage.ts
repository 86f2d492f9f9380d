/**
 * Pins what a bill rests on before it is issued: metering keeps it from then on, whatever arrives, and tells what changes behind it.
 *
 * The pin is made first, under the id that the invoice is going to have, since no transaction spans both databases. If the invoice is
 * then not issued, the pin stands for nothing and harms nothing: the next attempt has another id.
 */
import type { InvoiceId, Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import { billingErrors } from '../errors.ts'
import { intersect } from '../spans.ts'
import type { IssuableBill } from './issue-invoice.ts'
import { ratedUsage, type PeriodRating } from './rate-period.ts'

/** @throws AppError `billing_basis_changed` if usage is no longer what was rated; what metering throws */
export async function pinBill(
  { metering }: Pick<BillingContext, 'metering'>,
  invoiceId: InvoiceId,
  bill: IssuableBill,
): Promise<void> {
  const ratings: readonly PeriodRating[] = [
    ...bill.carried,
    bill,
    ...[...bill.corrections, ...bill.credits].flatMap((correction) => correction.ratings),
  ]
  const records = ratings.flatMap(ratedUsage)
  const pinned = await metering.pinUsage({
    pinId: invoiceId,
    spans: records.map(({ deviceId, register, from, to }) => ({ deviceId, register, from, to })),
    watched: ratings.flatMap(({ basis, period }) => watchedDevices(basis.assignments, period)),
  })
  if (records.every(({ quantity }, index) => quantity === pinned[index]?.quantity)) return
  throw billingErrors.billing_basis_changed('Run billing again: usage that was rated has just changed.')
}

function watchedDevices(assignments: IssuableBill['basis']['assignments'], period: Period) {
  return assignments.flatMap(({ deviceId, from, to }) => {
    const part = intersect({ from, to: to ?? Infinity }, period)
    return part === undefined ? [] : [{ deviceId, to: part.to }]
  })
}
