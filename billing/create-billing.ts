import { DAY_MS } from '../core/index.ts'
import type { BillingChanges } from './billing-changes.ts'
import type { BillingContext, ChangingContext } from './billing-context.ts'
import type { Billing, BillingOptions } from './billing-types.ts'
import { assignmentChanges, assignmentReads } from './contracts/assignments.ts'
import { contractTermChanges } from './contracts/change-contract.ts'
import { contractPauseChanges } from './contracts/contract-pauses.ts'
import { contractChanges, contractReads } from './contracts/contracts.ts'
import { moveChanges } from './contracts/move-assignment.ts'
import { documentReads } from './documents/read-documents.ts'
import { documentChanges } from './documents/render-documents.ts'
import { invoiceDecisions } from './invoices/decide-on-invoice.ts'
import { gatherMetering } from './gathered-metering.ts'
import { forecastReads } from './invoices/forecast-billing.ts'
import { invoiceStatusChanges } from './invoices/invoice-status.ts'
import { noticeLateUsage } from './invoices/late-periods.ts'
import { liveBillReads } from './invoices/live-bill.ts'
import { previewReads } from './invoices/preview-bill.ts'
import { manualLineChanges, manualLineReads } from './invoices/manual-lines.ts'
import { invoiceReads } from './invoices/read-invoices.ts'
import { billingRunChanges } from './invoices/run-billing.ts'
import { assignmentListChanges } from './lists/assignment-lists.ts'
import { contractListChanges } from './lists/contract-lists.ts'
import { customerListChanges } from './lists/customer-lists.ts'
import { paymentReads } from './payments/read-payments.ts'
import { paymentChanges } from './payments/record-payments.ts'
import { creditNoteChanges, creditNoteReads } from './credit-notes/credit-notes.ts'
import { customerChanges, customerReads } from './people/customers.ts'
import { manufacturerReads } from './people/manufacturers.ts'
import { reconcileVerbs } from './reconciliation/reconcile.ts'
import { tariffChanges } from './tariffs/publish-tariff.ts'
import { tariffReads } from './tariffs/read-tariffs.ts'
import { taxRateChanges, taxRateReads } from './tax/tax-rates.ts'

const DEFAULT_GRACE_MS = 3 * DAY_MS

/** Builds billing on an open ledger with its schema in place. Holds nothing that needs closing. */
export function createBilling(options: BillingOptions): Billing {
  const context: BillingContext = {
    ...options,
    metering: gatherMetering(options.metering),
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    reachableSince: options.reachableSince ?? 0,
    onRendered: options.onRendered ?? (() => Promise.resolve()),
    billUrlOf: options.billUrlOf ?? (() => undefined),
    minimumChargeOf: options.minimumChargeOf ?? (() => Promise.resolve(0n)),
    onInvoiceChanged: options.onInvoiceChanged ?? (() => Promise.resolve()),
    onPaid: options.onPaid ?? (() => Promise.resolve()),
  }
  return {
    ...manufacturerReads(context),
    ...customerReads(context),
    ...tariffReads(context),
    ...taxRateReads(context),
    ...contractReads(context),
    ...assignmentReads(context),
    ...liveBillReads(context),
    noticeLateUsage: () => noticeLateUsage(context),
    ...previewReads(context),
    ...forecastReads(context),
    ...invoiceReads(context),
    ...documentReads(context),
    ...paymentReads(context),
    ...creditNoteReads(context),
    ...manualLineReads(context),
    ...reconcileVerbs(context),
    by: (actor, onMade = () => Promise.resolve()) => changesOf({ ...context, actor, onMade }),
  }
}

function changesOf(context: ChangingContext): BillingChanges {
  return {
    ...customerChanges(context),
    ...tariffChanges(context),
    ...taxRateChanges(context),
    ...contractChanges(context),
    ...contractTermChanges(context),
    ...contractPauseChanges(context),
    ...assignmentChanges(context),
    ...moveChanges(context),
    ...customerListChanges(context),
    ...contractListChanges(context),
    ...assignmentListChanges(context),
    ...billingRunChanges(context),
    ...invoiceStatusChanges(context),
    ...documentChanges(context),
    ...paymentChanges(context),
    ...invoiceDecisions(context),
    ...creditNoteChanges(context),
    ...manualLineChanges(context),
  }
}
