/** Decides whether a period that has ended can be invoiced now, and issues the invoice if so. */
import { assertInvariant, formatInstant, generateId, type InvoiceId, type Period } from '../../core/index.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { CarriedPeriod } from '../billing-changes.ts'
import type { Contract } from '../billing-types.ts'
import { documentOfBill } from '../documents/document-of-bill.ts'
import { billingErrors } from '../errors.ts'
import { splitCreditable } from './credit-corrections.ts'
import { gatherBill, sumOfLines } from './gather-bill.ts'
import { carryPeriod, isToBeCarried } from './carry-period.ts'
import {
  issueInvoice,
  type IssuableBill,
  type IssuedInvoice,
  type PreparedInvoice,
  type Replaced,
  type TaxedBill,
} from './issue-invoice.ts'
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

/** Invoiced, or to be billed with the next period. */
export type ClosedPeriod = IssuedInvoice | { readonly carried: CarriedPeriod }

/**
 * Only for a period that has ended.
 * @throws AppError `usage_not_settled` (while readings are stored and not judged), `usage_not_reported` and `usage_held` (until the grace has
 * passed), `hand_over_unclear`, `peak_not_measured`, `billing_not_reconciled`, `document_…`, and
 * whatever stops an invoice (I8)
 */
export async function closePeriod(
  context: ChangingContext,
  contract: Contract,
  period: Period,
  replaced?: Replaced,
): Promise<ClosedPeriod> {
  const prepared = await prepareInvoice(context, contract, period, replaced)
  return 'carried' in prepared ? prepared : await issueInvoice(context, prepared)
}

/** All of `closePeriod` but the issuing, with its errors. */
export async function prepareInvoice(
  context: ChangingContext,
  contract: Contract,
  period: Period,
  replaced?: Replaced,
): Promise<PreparedInvoice | { readonly carried: CarriedPeriod }> {
  const bill = await rateForIssue(context, contract, period, replaced?.invoiceId)
  if (replaced === undefined && (await isToBeCarried(context, bill))) {
    return { carried: await carryPeriod(context, bill) }
  }
  const invoiceId = generateId('invoice', context.randomBytes)
  await pinBill(context, invoiceId, bill)
  return { invoiceId, bill, replaced }
}

/** What would be issued; the same errors say why it cannot be yet. */
export async function rateForIssue(
  context: BillingContext,
  contract: Contract,
  period: Period,
  /** The invoice that the period is issued anew for. */
  replaces?: InvoiceId,
): Promise<IssuableBill> {
  assertInvariant(period.to <= context.clock.now(), 'Only a period that has ended is closed.')
  const choice = replaces === undefined ? {} : { replaces }
  const basis = await readRatingBasis(context.ledger, contract, period, replaces)
  const span = { from: basis.carried[0]?.from ?? period.from, to: period.to }
  const devices = await judgedDevices(context, contract, span, basis)
  const bill = await gatherBill(context, contract, period, period.to, { ...choice, basis })
  await assertComplete(context, bill, devices)
  for (const rating of [...bill.carried, bill]) {
    assertNothingHeld(rating)
    assertReconciled(rating)
  }
  const taxed = { ...bill, kind: 'period' as const, credits: [], tax: await taxOfBill(bill) }
  const issuable = taxed.tax.grossMinor < 0n ? await withCredits(context, taxed) : taxed
  return { ...issuable, ...(await documentOfBill(context, issuable)) }
}

/**
 * A bill that would be negative: what its corrections give back comes as credit notes against the invoices that they correct, and the
 * rest is invoiced.
 * @throws AppError `bill_negative` where that is not enough
 */
async function withCredits(context: BillingContext, bill: TaxedBill): Promise<TaxedBill> {
  const { credits, corrections } = await splitCreditable(context.ledger, bill.contract, bill.corrections)
  const given = new Set(credits.flatMap(({ lines }) => lines))
  const lines = bill.lines.filter((line) => !given.has(line))
  const rest = { ...bill, corrections, credits, lines, linesMinor: sumOfLines(lines, bill.currency) }
  const tax = await taxOfBill(rest)
  if (tax.grossMinor >= 0n) return { ...rest, tax }
  throw billingErrors.bill_negative(
    'Take negative manual lines off the contract, or give back by a credit note: together the lines would give money back, and an invoice cannot.',
  )
}
