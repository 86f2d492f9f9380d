/**
 * The nightly comparison of Stripe with the ledger, which needs no webhook: invoices whose money moved there, answers that were noted late, and drafts that
 * nobody adopted. Such a draft is left where its document may still adopt it; any other is deleted by a step of the outbox.
 *
 * Only what is not over at Stripe is listed (drafts, open, given up), page by page: what is the same as it was noted gets the time of this look, what
 * differs is asked about. What was noted as not over and was in none of the lists has ended there, and is asked about as well. So it takes as long as
 * there are unpaid invoices, not as the account is old, and no more than a page of them is in memory. What ended there is asked about again only if its
 * money may have come without being marked here. Pieces of what is asked take turns with the events of the account (`lookAtInvoices`).
 *
 * Also forgets events that were followed up long ago.
 */
import { HOUR_MS, SECOND_MS, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { Stripe } from 'stripe'
import { judgeAskFailure } from './ask-failure.ts'
import { listConnected, type StripeInbox } from './create-stripe-inbox.ts'
import type { OurInvoice } from './follow-hint.ts'
import { inPieces } from './in-pieces.ts'
import { insertSpareDraft } from './record-step.ts'
import { forgetEvents } from './stored-events.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'
import { compareWithNoted, findOwnerOfSpare, listUnseen, noteChecked } from './swept-invoices.ts'

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
/** As many as a page of Stripe's has. */
const COMPARED_AT_ONCE = 100

type RunningReport = { looked: number; paid: InvoiceId[]; spareDrafts: number; left: number }

export function createStripeSweeper(
  parts: StripeParts & { readonly inbox: Pick<StripeInbox, 'lookAtInvoices'> },
  clients: StripeClients,
): StripeSweeper {
  const { ledger, clock, log, inbox } = parts

  /** False when the account could not be asked. */
  async function look(invoices: readonly OurInvoice[], report: RunningReport): Promise<boolean> {
    const { paid, left } = await inbox.lookAtInvoices(invoices)
    report.looked += invoices.length - left
    report.paid.push(...paid)
    return left === 0
  }

  /** False when the account could not be asked any more. */
  async function sweepAccount(manufacturerId: ManufacturerId, report: RunningReport): Promise<boolean> {
    const startedAt = clock.now()
    const youngFrom = startedAt - YOUNG_MS
    const stripe = await clients.getClient(manufacturerId)
    for (const wanted of notOver(youngFrom)) {
      for await (const piece of inPieces(
        stripe.invoices.list({ ...wanted, expand: ['data.amount_paid_off_stripe'], limit: 100 }),
        COMPARED_AT_ONCE,
      )) {
        const { same, differing } = await compareWithNoted(ledger, manufacturerId, piece)
        await noteChecked(ledger, same, clock.now())
        if (!(await look(differing, report))) return false
        if (wanted.status !== 'draft') continue
        const spareDrafts = await endSpareDrafts(manufacturerId, piece)
        report.spareDrafts += spareDrafts
      }
    }
    for await (const piece of listUnseen(ledger, manufacturerId, { startedAt, youngFrom })) {
      if (!(await look(piece, report))) return false
    }
    return true
  }

  /** How many of them are to be deleted now. */
  async function endSpareDrafts(
    manufacturerId: ManufacturerId,
    drafts: readonly Stripe.Invoice[],
  ): Promise<number> {
    let count = 0
    for (const draft of drafts) {
      const owner = await findOwnerOfSpare(ledger, manufacturerId, draft)
      if (owner === undefined) continue
      const isNew = await ledger
        .transaction()
        .execute((transaction) => insertSpareDraft(transaction, owner, draft.id, clock.now()))
      if (isNew) count += 1
    }
    return count
  }

  return {
    async sweep() {
      const report: RunningReport = { looked: 0, paid: [], spareDrafts: 0, left: 0 }
      await forgetEvents(ledger, clock.now())
      for (const { manufacturerId } of await listConnected(ledger)) {
        try {
          if (!(await sweepAccount(manufacturerId, report))) report.left += 1
        } catch (error) {
          judgeAskFailure(error, log, { manufacturerId })
          report.left += 1
        }
      }
      return report
    },
  }
}

function notOver(youngFrom: number) {
  return [
    { status: 'draft', created: { lt: Math.floor(youngFrom / SECOND_MS) } },
    { status: 'open' },
    { status: 'uncollectible' },
  ] as const
}
