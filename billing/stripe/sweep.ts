/**
 * The nightly comparison of Stripe with the ledger, which needs no webhook: open invoices whose money moved there, and drafts that
 * nobody adopted. Such a draft is left where its document may still adopt it; any other is deleted by a step of the outbox.
 */
import {
  AppError,
  DAY_MS,
  HOUR_MS,
  SECOND_MS,
  type CustomerId,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import type { LedgerTables } from '../../db/index.ts'
import { classifyFailure } from './classify-failure.ts'
import { listConnected, type OurInvoice, type StripeInbox } from './create-stripe-inbox.ts'
import { insertSpareDraft } from './record-step.ts'
import { createSecretStore } from './secrets.ts'
import { createStripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'

export type SweepReport = {
  /** Invoices about which Stripe was asked since something differed. */
  readonly looked: number
  readonly paid: readonly InvoiceId[]
  /** Drafts that are to be deleted. */
  readonly spareDrafts: number
  /** Manufacturers whose account could not be asked. */
  readonly left: number
}

export type StripeSweeper = { sweep(): Promise<SweepReport> }

/** A draft that was made only now may be adopted any moment. */
const YOUNG_MS = HOUR_MS

export function createStripeSweeper(
  parts: StripeParts & { readonly inbox: Pick<StripeInbox, 'lookAtInvoices'> },
  clients = createStripeClients(createSecretStore(parts), parts.stripeOptions),
): StripeSweeper {
  const { ledger, clock, log, inbox } = parts

  async function sweepOne(manufacturerId: ManufacturerId): Promise<Omit<SweepReport, 'left'>> {
    const stripe = await clients.getClient(manufacturerId)
    const differing = await findDiffering(ledger, stripe, manufacturerId)
    const { paid } = await inbox.lookAtInvoices(differing)
    let spareDrafts = 0
    const drafts = stripe.invoices.list({
      status: 'draft',
      created: { lt: Math.floor((clock.now() - YOUNG_MS) / SECOND_MS) },
      limit: 100,
    })
    for await (const draft of drafts) {
      const owner = await findOwnerOfSpare(ledger, manufacturerId, draft)
      if (owner === undefined) continue
      const isNew = await ledger
        .transaction()
        .execute((transaction) => insertSpareDraft(transaction, owner, draft.id, clock.now()))
      if (isNew) spareDrafts += 1
    }
    return { looked: differing.length, paid, spareDrafts }
  }

  return {
    async sweep() {
      const reports: Omit<SweepReport, 'left'>[] = []
      let left = 0
      for (const { manufacturerId } of await listConnected(ledger)) {
        try {
          reports.push(await sweepOne(manufacturerId))
        } catch (error) {
          const isOurSetUp = error instanceof AppError && error.kind === 'precondition'
          if (classifyFailure(error).kind === 'foreign' && !isOurSetUp) throw error
          log.warn({ manufacturerId }, 'Stripe could not be compared with the ledger')
          left += 1
        }
      }
      return {
        looked: reports.reduce((sum, { looked }) => sum + looked, 0),
        paid: reports.flatMap(({ paid }) => paid),
        spareDrafts: reports.reduce((sum, { spareDrafts }) => sum + spareDrafts, 0),
        left,
      }
    },
  }
}

/** Ours that are not settled here, and are not at Stripe what they were when last looked at. */
async function findDiffering(
  ledger: Kysely<LedgerTables>,
  stripe: Stripe,
  manufacturerId: ManufacturerId,
): Promise<readonly OurInvoice[]> {
  const rows = await ledger
    .selectFrom('stripe_invoices')
    .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
    .leftJoin('stripe_payment_states as state', 'state.invoice_id', 'invoices.id')
    .select(['invoices.id', 'stripe_invoice_id', 'invoices.issued_at'])
    .select(['state.status', 'collected_minor', 'remaining_minor', 'attempt_count'])
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .where('invoices.status', 'in', ['issued', 'uncollectible'])
    .execute()
  if (rows.length === 0) return []
  const oldest = Math.min(...rows.map(({ issued_at }) => issued_at ?? 0))
  const atStripe = new Map<string, Stripe.Invoice>()
  const since = Math.floor((oldest - DAY_MS) / SECOND_MS)
  for await (const invoice of stripe.invoices.list({ created: { gte: since }, limit: 100 })) {
    atStripe.set(invoice.id, invoice)
  }
  return rows.flatMap((row) => {
    const seen = atStripe.get(row.stripe_invoice_id)
    const isSame =
      seen !== undefined &&
      row.status === seen.status &&
      seen.status !== 'paid' &&
      row.collected_minor === BigInt(seen.amount_paid) &&
      row.remaining_minor === BigInt(seen.amount_remaining) &&
      row.attempt_count === BigInt(seen.attempt_count)
    if (isSame || (seen?.status === 'draft' && row.status === null)) return []
    return [{ invoiceId: row.id as InvoiceId, manufacturerId, stripeInvoiceId: row.stripe_invoice_id }]
  })
}

/** Undefined unless the draft is of an invoice of ours that has another one, or never will adopt it. */
async function findOwnerOfSpare(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  { id, metadata }: Stripe.Invoice,
) {
  const invoiceId = metadata?.['invoice_id']
  if (invoiceId === undefined) return undefined
  const row = await ledger
    .selectFrom('invoices')
    .leftJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'invoices.id')
    .select(['invoices.customer_id', 'stripe_invoice_id'])
    .where('invoices.id', '=', invoiceId)
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .executeTakeFirst()
  if (row === undefined || row.stripe_invoice_id === id) return undefined
  const mayAdopt =
    row.stripe_invoice_id === null &&
    (await ledger
      .selectFrom('outbox_steps')
      .select('id')
      .where('subject_id', '=', invoiceId)
      .where('step', '=', 'create_invoice')
      .where('state', 'in', ['waiting', 'parked'])
      .executeTakeFirst()) !== undefined
  if (mayAdopt) return undefined
  return {
    manufacturerId,
    customerId: row.customer_id as CustomerId,
    invoiceId: invoiceId as InvoiceId,
  }
}
