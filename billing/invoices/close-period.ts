/** Decides whether a period that has ended can be invoiced now, and issues the invoice if so. */
import { assertInvariant, formatInstant, type InvoiceId, type Period } from '../../core/index.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { meteringErrors } from '../../metering/index.ts'
import { issueInvoice, type IssuedInvoice } from './issue-invoice.ts'
import { readRatingBasis } from './rating-basis.ts'
import { ratePeriod, type PeriodRating } from './rate-period.ts'

/** @throws AppError `period_not_ended` */
export function assertEnded({ clock }: BillingContext, period: Period): void {
  if (period.to <= clock.now()) return
  throw billingErrors.period_not_ended(`Wait until the period has ended at ${formatInstant(period.to)}.`)
}

/**
 * Only for a period that has ended.
 * @throws AppError `usage_not_settled` (while readings are stored and not judged), `usage_not_reported` (until the grace has passed), `hand_over_unclear`, `peak_not_measured`, and
 * whatever stops an invoice (I8)
 */
export async function closePeriod(
  context: ChangingContext,
  contract: Contract,
  period: Period,
): Promise<IssuedInvoice> {
  return await issueInvoice(context, await rateForIssue(context, contract, period))
}

/** What would be issued; the same errors say why it cannot be yet. */
export async function rateForIssue(
  context: BillingContext,
  contract: Contract,
  period: Period,
  /** The invoice that the period is issued anew for. */
  replaces?: InvoiceId,
): Promise<PeriodRating> {
  assertInvariant(period.to <= context.clock.now(), 'Only a period that has ended is closed.')
  await assertJudged(context, contract, period)
  const rating = await ratePeriod(context, contract, period, period.to, replaces)
  assertReported(context, rating)
  assertNothingHeld(rating)
  return rating
}

async function assertJudged(
  { ledger, metering }: BillingContext,
  contract: Contract,
  period: Period,
): Promise<void> {
  const { assignments } = await readRatingBasis(ledger, contract, period)
  for (const { deviceId } of assignments) {
    const device = await metering.findDevice(contract.manufacturerId, deviceId)
    if (device?.isBeingJudged !== true) continue
    throw meteringErrors.usage_not_settled(
      `Wait a moment: readings of device "${deviceId}" are stored and not judged yet.`,
    )
  }
}

function assertReported(
  { clock, graceMs, reachableSince }: BillingContext,
  { period, unreportedDevices }: PeriodRating,
): void {
  const graceEndsAt = Math.max(period.to, reachableSince) + graceMs
  const [first] = unreportedDevices
  if (first === undefined || clock.now() >= graceEndsAt) return
  const who =
    unreportedDevices.length === 1
      ? `device ${first}`
      : `${unreportedDevices.length} devices (${first} first)`
  throw billingErrors.usage_not_reported(
    `Wait for ${who} to report past the end of the period at ${formatInstant(period.to)}, or until ${formatInstant(graceEndsAt)}: then the invoice is issued with what is known.`,
  )
}

function assertNothingHeld({ held }: PeriodRating): void {
  const [first] = held
  if (first === undefined) return
  const span = `from ${formatInstant(first.from)} to ${formatInstant(first.to)}`
  if (first.code === 'peak_not_measured') {
    throw billingErrors.peak_not_measured(
      `Let device ${first.deviceId} send its missing readings of ${first.register}, or price something else than its peak: ${span} only estimates are known.`,
    )
  }
  throw billingErrors.hand_over_unclear(
    `Add a hand-over reading of ${first.register} of device ${first.deviceId}: its usage ${span} is estimated across a change of customer.`,
  )
}
