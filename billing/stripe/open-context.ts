/** Reads what a step is about, as the ledger has it now. What is asked for many steps in one turn is read together. */
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import type { InvoiceId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { OutboxStep } from './outbox-steps.ts'
import { readPushCreditNote } from './push-credit-note.ts'
import { readPushCustomer, readPushDocument } from './push-document.ts'
import { isPaidOutside } from './push-facts.ts'
import type { StepContext } from './step-context.ts'
import type { StripePusherParts } from './stripe-parts.ts'

export async function openContext(
  { ledger, clock, billUrlOf }: StripePusherParts,
  stripe: Stripe,
  step: OutboxStep,
): Promise<StepContext> {
  const { invoiceId, customerId, creditNoteId } = step
  const isFinalizing = step.step === 'finalize_invoice'
  const [document, customer, stripeCustomerId, stripeInvoiceId] = await Promise.all([
    invoiceId === undefined ? undefined : readPushDocument(ledger, invoiceId),
    readPushCustomer(ledger, customerId),
    findStripeCustomerId(ledger, customerId),
    invoiceId === undefined ? undefined : findStripeInvoiceId(ledger, invoiceId),
  ])
  return {
    stripe,
    step,
    now: clock.now(),
    customer,
    document,
    creditNote: creditNoteId === undefined ? undefined : await readPushCreditNote(ledger, creditNoteId),
    stripeCustomerId,
    stripeInvoiceId,
    isPaidOutside: document?.status === 'paid' && (await isPaidOutside(ledger, document.invoiceId)),
    hasSpareDrafts: isFinalizing && invoiceId !== undefined && (await mayHaveSpareDrafts(ledger, invoiceId)),
    billUrl: invoiceId === undefined ? undefined : billUrlOf?.(invoiceId),
  }
}

export const findStripeCustomerId = gatherCalls(
  async (ledger: Kysely<LedgerTables>, ids: readonly string[]) => {
    const rows = await ledger
      .selectFrom('stripe_customers')
      .select(['customer_id', 'stripe_customer_id'])
      .where('customer_id', 'in', [...new Set(ids)])
      .execute()
    const found = new Map(rows.map((row) => [row.customer_id, row.stripe_customer_id]))
    return ids.map((id) => found.get(id))
  },
)

const findStripeInvoiceId = gatherCalls(async (ledger: Kysely<LedgerTables>, ids: readonly InvoiceId[]) => {
  const rows = await ledger
    .selectFrom('stripe_invoices')
    .select(['invoice_id', 'stripe_invoice_id'])
    .where('invoice_id', 'in', [...new Set(ids)])
    .execute()
  const found = new Map(rows.map((row) => [row.invoice_id, row.stripe_invoice_id]))
  return ids.map((id) => found.get(id))
})

/** Where a draft may have been made more than once: the first call for it had no clear answer. */
const mayHaveSpareDrafts = gatherCalls(async (ledger: Kysely<LedgerTables>, ids: readonly InvoiceId[]) => {
  const rows = await ledger
    .selectFrom('outbox_steps')
    .select('invoice_id')
    .where('subject_id', 'in', [...new Set(ids)])
    .where('step', '=', 'create_invoice')
    .where((where) => where.or([where('attempts', '>', 1n), where('generation', '>', 1n)]))
    .execute()
  const found = new Set(rows.map((row) => row.invoice_id))
  return ids.map((id) => found.has(id))
})
