import { DAY_MS } from '../core/index.ts'
import type { BillingContext } from './billing-context.ts'
import type { Billing, BillingOptions } from './billing-types.ts'
import { assignmentVerbs } from './contracts/assignments.ts'
import { contractVerbs } from './contracts/contracts.ts'
import { invoiceStatusVerbs } from './invoices/invoice-status.ts'
import { liveBillVerbs } from './invoices/live-bill.ts'
import { readInvoiceVerbs } from './invoices/read-invoices.ts'
import { billingRunVerbs } from './invoices/run-billing.ts'
import { customerVerbs } from './people/customers.ts'
import { manufacturerVerbs } from './people/manufacturers.ts'
import { reconcileVerbs } from './reconciliation/reconcile.ts'
import { tariffVerbs } from './tariffs/publish-tariff.ts'

const DEFAULT_GRACE_MS = 3 * DAY_MS

/** Builds billing on an open ledger with its schema in place. Holds nothing that needs closing. */
export function createBilling(options: BillingOptions): Billing {
  const context: BillingContext = {
    ...options,
    graceMs: options.graceMs ?? DEFAULT_GRACE_MS,
    reachableSince: options.reachableSince ?? 0,
  }
  return {
    ...manufacturerVerbs(context),
    ...customerVerbs(context),
    ...tariffVerbs(context),
    ...contractVerbs(context),
    ...assignmentVerbs(context),
    ...liveBillVerbs(context),
    ...billingRunVerbs(context),
    ...readInvoiceVerbs(context),
    ...invoiceStatusVerbs(context),
    ...reconcileVerbs(context),
  }
}
