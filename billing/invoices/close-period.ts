/** Decides whether a period that has ended can be invoiced now, and issues the invoice if so. */
import { assertInvariant, formatInstant, generateId, type Period } from '../../core/index.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { gatherBill } from './gather-bill.ts'
import { issueInvoice, type IssuableBill, type IssuedInvoice } from './issue-invoice.ts'
import { pinBill } from './pin-usage.ts'
import { readRatingBasis } from './rating-basis.ts'
import { assertReconciled } from './reconcile-bill.ts'
import { taxOfBill } from './tax-of-bill.ts'
import { assertComplete, assertNothingHeld, judgedDevices } from './wait-for-usage.ts'

/** @throws AppError `period_not_ended` */
export function assertEnded({ clock }: BillingContext, period: Period): void {
  if (period.to <= clock.now()) return
  throw billingErrors.period_not_ended(`Wait until the period has ended at ${formatInstant(period.to)}.`)
}

/**
 * Only for a period that has ended.
 * @throws AppError `usage_not_settled` (while readings are stored and not judged), `usage_not_reported` and `usage_held` (until the grace has
 * passed), `hand_over_unclear`, `peak_not_measured`, `billing_not_reconciled`, and
 * whatever stops an invoice (I8)
 */
export async function closePeriod(
  context: ChangingContext,
  contract: Contract,
  period: Period,
): Promise<IssuedInvoice> {
  const bill = await rateForIssue(context, contract, period)
  const invoiceId = generateId('invoice', context.randomBytes)
  await pinBill(context, invoiceId, bill)
  return await issueInvoice(context, invoiceId, bill)
}

/** What would be issued; the same errors say why it cannot be yet. */
export async function rateForIssue(
  context: BillingContext,
  contract: Contract,
  period: Period,
): Promise<IssuableBill> {
  assertInvariant(period.to <= context.clock.now(), 'Only a period that has ended is closed.')
  const basis = await readRatingBasis(context.ledger, contract, period)
  const devices = await judgedDevices(context, contract, period, basis)
  const bill = await gatherBill(context, contract, period, period.to, basis)
  await assertComplete(context, bill, devices)
  assertNothingHeld(bill)
  assertReconciled(bill)
  return { ...bill, tax: await taxOfBill(context.ledger, bill) }
}
