/** Asks Stripe about what a hint points to, and takes up what it says: of an invoice's money, a customer's way of paying, a saved card. */
import type { Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { SECOND_MS, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { findOurCustomer, lookAtCustomer, wishPaymentMethod } from './look-at-customer.ts'
import { noteGone, noteSeen, seeInvoice, type PaymentProblem } from './look-at-invoice.ts'
import { collectAll } from './step-context.ts'
import type { StripeParts } from './stripe-parts.ts'
import type { EventHint } from './verify-webhook.ts'

export type FollowingParts = Pick<StripeParts, 'ledger' | 'clock'> & {
  /**
   * Called when Stripe says that an invoice, issued here, is paid; for one manufacturer never twice at the same time. May be called again
   * for an invoice whose call was interrupted.
   */
  readonly markPaid: (invoiceId: InvoiceId, paidAt: number) => Promise<void>
  /** Called likewise when Stripe gave an invoice up. */
  readonly markUncollectible: (invoiceId: InvoiceId) => Promise<void>
  /** Called in the transaction that notes a payment which failed, or which the customer has to confirm; once for each attempt. */
  readonly onPaymentProblem?: (
    transaction: Transaction<LedgerTables>,
    invoiceId: InvoiceId,
    problem: PaymentProblem,
  ) => Promise<void>
}

export type OurInvoice = {
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly stripeInvoiceId: string
}

export type Question = Pick<EventHint, 'kind' | 'id'> & { readonly manufacturerId: ManufacturerId }

/** The invoices that were marked paid by following this up. */
export async function followHint(
  parts: FollowingParts,
  stripe: Stripe,
  { manufacturerId, kind, id }: Question,
): Promise<readonly InvoiceId[]> {
  const { ledger, clock } = parts
  switch (kind) {
    case 'invoice': {
      const invoice = await findOurInvoice(parts, manufacturerId, id)
      return invoice !== undefined && (await lookAtInvoice(parts, stripe, invoice)) ? [invoice.invoiceId] : []
    }
    case 'payment': {
      const payment = { type: 'payment_intent', payment_intent: id } as const
      const found = await collectAll(stripe.invoicePayments.list({ payment, limit: 100 }))
      const paid: InvoiceId[] = []
      for (const { invoice } of found) {
        const invoiceAtStripe = typeof invoice === 'string' ? invoice : invoice.id
        const question = { manufacturerId, kind: 'invoice', id: invoiceAtStripe } as const
        paid.push(...(await followHint(parts, stripe, question)))
      }
      return paid
    }
    case 'customer': {
      const customer = await findOurCustomer(ledger, manufacturerId, id)
      if (customer !== undefined) await lookAtCustomer(ledger, stripe, customer, clock.now())
      return []
    }
    case 'checkout':
      await followCheckout(parts, stripe, manufacturerId, id)
      return []
  }
}

/** True when the invoice was marked paid by this. */
async function lookAtInvoice(
  parts: FollowingParts,
  stripe: Stripe,
  { invoiceId, stripeInvoiceId }: OurInvoice,
): Promise<boolean> {
  const { ledger, clock } = parts
  const seen = await seeInvoice(stripe, stripeInvoiceId)
  if (seen === undefined) {
    await noteGone(ledger, invoiceId, clock.now())
    return false
  }
  const { isPaidWithMoney } = await ledger.transaction().execute(async (transaction) => {
    const noted = await noteSeen(transaction, invoiceId, seen, clock.now())
    if (noted.newProblem !== undefined) {
      await parts.onPaymentProblem?.(transaction, invoiceId, noted.newProblem)
    }
    return noted
  })
  const open = await ledger
    .selectFrom('invoices')
    .select('status')
    .where('id', '=', invoiceId)
    .where('status', 'in', ['issued', 'uncollectible'])
    .executeTakeFirst()
  if (open === undefined) return false
  const { status, status_transitions } = seen.invoice
  if (status === 'uncollectible' && open.status === 'issued') await parts.markUncollectible(invoiceId)
  if (!isPaidWithMoney) return false
  const paidAt = status_transitions.paid_at
  await parts.markPaid(invoiceId, paidAt === null ? clock.now() : paidAt * SECOND_MS)
  return true
}

async function findOurInvoice(
  { ledger }: FollowingParts,
  manufacturerId: ManufacturerId,
  stripeInvoiceId: string,
): Promise<OurInvoice | undefined> {
  const row = await ledger
    .selectFrom('stripe_invoices')
    .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
    .select('invoices.id')
    .where('stripe_invoice_id', '=', stripeInvoiceId)
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .executeTakeFirst()
  return row && { invoiceId: row.id as InvoiceId, manufacturerId, stripeInvoiceId }
}

async function followCheckout(
  { ledger, clock }: FollowingParts,
  stripe: Stripe,
  manufacturerId: ManufacturerId,
  sessionId: string,
): Promise<void> {
  const session = await stripe.checkout.sessions.retrieve(sessionId, { expand: ['setup_intent'] })
  const intent = session.setup_intent
  if (session.status !== 'complete' || intent === null || typeof intent === 'string') return
  const customerId = typeof session.customer === 'string' ? session.customer : session.customer?.id
  const method = typeof intent.payment_method === 'string' ? intent.payment_method : intent.payment_method?.id
  const customer =
    customerId === undefined ? undefined : await findOurCustomer(ledger, manufacturerId, customerId)
  if (customer === undefined || method === undefined || intent.status !== 'succeeded') return
  const { id, created } = await stripe.paymentMethods.retrieve(method)
  const saved = { id, savedAt: created * SECOND_MS }
  await ledger
    .transaction()
    .execute((transaction) => wishPaymentMethod(transaction, customer, saved, clock.now()))
}
