/** Reads what a step is about, as the ledger has it now. What is asked for many steps in one turn is read together. */
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { OutboxStep } from './outbox-steps.ts'
import { readPushCreditNote } from './push-credit-note.ts'
import { readPushCustomer, readPushedInvoice } from './push-document.ts'
import type { StepContext } from './step-context.ts'
import type { StripePusherParts } from './stripe-parts.ts'

export async function openContext(
  { ledger, clock, billUrlOf }: StripePusherParts,
  stripe: Stripe,
  step: OutboxStep,
): Promise<StepContext> {
  const { invoiceId, customerId, creditNoteId } = step
  const own = { stripe, step, now: clock.now() }
  if (invoiceId === undefined) {
    const [customer, stripeCustomerId] = await Promise.all([
      readPushCustomer(ledger, customerId),
      findStripeCustomerId(ledger, customerId),
    ])
    return { ...own, ...noInvoice, customer, stripeCustomerId }
  }
  const [invoice, creditNote] = await Promise.all([
    readPushedInvoice(ledger, invoiceId),
    creditNoteId === undefined ? undefined : readPushCreditNote(ledger, creditNoteId),
  ])
  return {
    ...own,
    ...invoice,
    customer: invoice.document.customer,
    creditNote,
    billUrl: billUrlOf?.(invoiceId),
  }
}

const noInvoice = {
  document: undefined,
  creditNote: undefined,
  stripeInvoiceId: undefined,
  payments: [],
  hasSpareDrafts: false,
  billUrl: undefined,
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
