/**
 * Learns from Stripe what became of invoices, payments and customers.
 *
 * A webhook is verified on its raw bytes, its event id is stored once, and it is answered: that is all that happens
 * while Stripe waits. Later each stored event is treated as a hint only: what it is about is retrieved from Stripe, and what
 * it says there counts, so duplicates, lost order and stale contents do no harm. `readMissedEvents` asks for events that never came as
 * webhooks, and `sweep.ts` compares what no event tells.
 *
 * An event reaches only what belongs to the manufacturer whose secret signed it (I12).
 */
import type { Kysely, Transaction } from 'kysely'
import type { Stripe } from 'stripe'
import { AppError, HOUR_MS, SECOND_MS, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { classifyFailure } from './classify-failure.ts'
import { stripeErrors } from './errors.ts'
import { findOurCustomer, lookAtCustomer, wishPaymentMethod } from './look-at-customer.ts'
import { hasMoney, noteSeen, seeInvoice, type PaymentProblem } from './look-at-invoice.ts'
import { createSecretStore, isLiveKey } from './secrets.ts'
import { collectAll } from './step-context.ts'
import { createStripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'
import { wasToldOfPayment } from './told-of-payment.ts'
import { hintOf, verifyWebhook, type EventHint } from './verify-webhook.ts'

export type { PaymentProblem } from './look-at-invoice.ts'

export type StripeInboxParts = StripeParts & {
  /**
   * Called when Stripe says that an invoice, issued here, is paid; never twice at the same time. May be called again
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

export type StripeWebhook = {
  readonly manufacturerId: ManufacturerId
  /** The body exactly as it came. */
  readonly rawBody: Uint8Array
  /** The header `Stripe-Signature`. */
  readonly signature: string | undefined
}

export type StripeSyncReport = {
  /** Invoices that this run marked paid. */
  readonly paid: readonly InvoiceId[]
  /** How many hints were left for the next run because Stripe could not be asked. */
  readonly left: number
}

export type StripeInbox = {
  /**
   * Stores a verified event that is about something of ours; answer 2xx when this resolves. Others are ignored.
   * @throws AppError `stripe_signature_invalid`, `stripe_event_invalid`, `stripe_event_foreign`, `stripe_not_configured`
   */
  handleStripeWebhook(webhook: StripeWebhook): Promise<'stored' | 'duplicate' | 'ignored'>
  /** Follows up the stored events, oldest first, at most 1,000; those that could not be followed up stay for the next call. */
  processStripeEvents(): Promise<StripeSyncReport>
  /** Stores the events that never came as webhooks, for each manufacturer that has an account. Returns how many. */
  readMissedEvents(): Promise<number>
  /** Asks Stripe about these invoices. */
  lookAtInvoices(invoices: readonly OurInvoice[]): Promise<StripeSyncReport>
}

export type OurInvoice = {
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly stripeInvoiceId: string
}

type Question = EventHint & { readonly manufacturerId: ManufacturerId }

const MAX_EVENTS_PER_RUN = 1_000
/** Events are told a little after they happened. */
const EVENT_OVERLAP_MS = HOUR_MS

export function createStripeInbox(
  parts: StripeInboxParts,
  clients = createStripeClients(createSecretStore(parts), parts.stripeOptions),
): StripeInbox {
  const { ledger, clock, log } = parts
  const secrets = createSecretStore(parts)

  async function findOurInvoice(
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

  /** True when the invoice was marked paid by this. */
  async function lookAtInvoice(stripe: Stripe, { invoiceId, stripeInvoiceId }: OurInvoice): Promise<boolean> {
    const seen = await seeInvoice(stripe, stripeInvoiceId)
    if (seen === undefined) {
      await noteGone(ledger, invoiceId, clock.now())
      return false
    }
    await ledger.transaction().execute(async (transaction) => {
      const problem = await noteSeen(transaction, invoiceId, seen, clock.now())
      if (problem !== undefined) await parts.onPaymentProblem?.(transaction, invoiceId, problem)
    })
    const open = await ledger
      .selectFrom('invoices')
      .select('status')
      .where('id', '=', invoiceId)
      .where('status', 'in', ['issued', 'uncollectible'])
      .where((where) => where.not(wasToldOfPayment(where)))
      .executeTakeFirst()
    const { status, status_transitions, amount_paid: paid, total } = seen.invoice
    if (open === undefined) return false
    if (status === 'uncollectible' && open.status === 'issued') await parts.markUncollectible(invoiceId)
    // What credit notes settled whole is settled here already, and no money came.
    if (status !== 'paid' || !hasMoney(seen.invoice) || (paid === 0 && total > 0)) return false
    const paidAt = status_transitions.paid_at
    await parts.markPaid(invoiceId, paidAt === null ? clock.now() : paidAt * SECOND_MS)
    return true
  }

  /** The invoices that were marked paid by following this up. */
  async function followUp(
    stripe: Stripe,
    { manufacturerId, kind, id }: Question,
  ): Promise<readonly InvoiceId[]> {
    switch (kind) {
      case 'invoice': {
        const invoice = await findOurInvoice(manufacturerId, id)
        return invoice !== undefined && (await lookAtInvoice(stripe, invoice)) ? [invoice.invoiceId] : []
      }
      case 'payment': {
        const payment = { type: 'payment_intent', payment_intent: id } as const
        const found = await collectAll(stripe.invoicePayments.list({ payment, limit: 100 }))
        const paid: InvoiceId[] = []
        for (const { invoice } of found) {
          const invoiceAtStripe = typeof invoice === 'string' ? invoice : invoice.id
          paid.push(...(await followUp(stripe, { manufacturerId, kind: 'invoice', id: invoiceAtStripe })))
        }
        return paid
      }
      case 'customer': {
        const customer = await findOurCustomer(ledger, manufacturerId, id)
        if (customer !== undefined) await lookAtCustomer(ledger, stripe, customer, clock.now())
        return []
      }
      case 'checkout': {
        await followCheckout(stripe, manufacturerId, id)
        return []
      }
    }
  }

  async function followCheckout(
    stripe: Stripe,
    manufacturerId: ManufacturerId,
    sessionId: string,
  ): Promise<void> {
    const session = await stripe.checkout.sessions.retrieve(sessionId, { expand: ['setup_intent'] })
    const intent = session.setup_intent
    if (session.status !== 'complete' || intent === null || typeof intent === 'string') return
    const customerId = typeof session.customer === 'string' ? session.customer : session.customer?.id
    const method =
      typeof intent.payment_method === 'string' ? intent.payment_method : intent.payment_method?.id
    const customer =
      customerId === undefined ? undefined : await findOurCustomer(ledger, manufacturerId, customerId)
    if (customer === undefined || method === undefined || intent.status !== 'succeeded') return
    await ledger
      .transaction()
      .execute((transaction) => wishPaymentMethod(transaction, customer, method, clock.now()))
  }

  async function followUpAll(
    questions: readonly {
      readonly question: Question
      readonly done: (problem?: string) => Promise<void>
    }[],
  ): Promise<StripeSyncReport> {
    const paid: InvoiceId[] = []
    const setAside = new Set<ManufacturerId>()
    let left = 0
    for (const { question, done } of questions) {
      const { manufacturerId } = question
      if (setAside.has(manufacturerId)) {
        left += 1
        continue
      }
      try {
        paid.push(...(await followUp(await clients.getClient(manufacturerId), question)))
        await done()
      } catch (error) {
        const isOurSetUp = error instanceof AppError && error.kind === 'precondition'
        const failure = classifyFailure(error)
        if (failure.kind === 'foreign' && !isOurSetUp) throw error
        log.warn({ manufacturerId, failure: failure.kind }, 'Stripe could not be asked about an event')
        if (failure.kind === 'refused') {
          await done(failure.sentence)
        } else {
          setAside.add(manufacturerId)
          left += 1
        }
      }
    }
    return { paid, left }
  }

  let lastTurn: Promise<unknown> = Promise.resolve()
  /** One run after the other, so that two of them never mark the same invoice. */
  function inTurn<Report>(run: () => Promise<Report>): Promise<Report> {
    const turn = lastTurn.then(run, run)
    lastTurn = turn.catch(() => undefined)
    return turn
  }

  async function processEvents(): Promise<StripeSyncReport> {
    const events = await ledger
      .selectFrom('stripe_events')
      .select(['id', 'manufacturer_id', 'about_kind', 'stripe_object_id'])
      .where('processed_at', 'is', null)
      .orderBy('received_at')
      .limit(MAX_EVENTS_PER_RUN)
      .execute()
    const markProcessed = async (manufacturerId: string, ids: readonly string[], problem?: string) => {
      await ledger
        .updateTable('stripe_events')
        .set({ processed_at: clock.now(), problem: problem ?? null })
        .where('manufacturer_id', '=', manufacturerId)
        .where('id', 'in', ids)
        .execute()
    }
    const alike = Map.groupBy(events, (event) =>
      JSON.stringify([event.manufacturer_id, event.about_kind, event.stripe_object_id]),
    )
    return await followUpAll(
      [...alike.values()].flatMap((group) => {
        const [first] = group
        if (first === undefined) return []
        const manufacturerId = first.manufacturer_id as ManufacturerId
        const ids = group.map(({ id }) => id)
        const question = { manufacturerId, kind: first.about_kind, id: first.stripe_object_id }
        return [{ question, done: (problem?: string) => markProcessed(manufacturerId, ids, problem) }]
      }),
    )
  }

  async function storeEvent(manufacturerId: ManufacturerId, event: Stripe.Event, hint: EventHint) {
    const { numInsertedOrUpdatedRows } = await ledger
      .insertInto('stripe_events')
      .values({
        manufacturer_id: manufacturerId,
        id: event.id,
        event_type: event.type,
        about_kind: hint.kind,
        stripe_object_id: hint.id,
        received_at: clock.now(),
        processed_at: null,
        problem: null,
      })
      .onConflict((conflict) => conflict.columns(['manufacturer_id', 'id']).doNothing())
      .executeTakeFirstOrThrow()
    return numInsertedOrUpdatedRows === 1n
  }

  async function readMissedOf(manufacturerId: ManufacturerId, readAt: number | null): Promise<number> {
    const startedAt = clock.now()
    let stored = 0
    if (readAt !== null) {
      const stripe = await clients.getClient(manufacturerId)
      const since = Math.floor((readAt - EVENT_OVERLAP_MS) / SECOND_MS)
      for await (const event of stripe.events.list({ created: { gte: since }, limit: 100 })) {
        const hint = hintOf(event)
        if (hint !== undefined && (await storeEvent(manufacturerId, event, hint))) stored += 1
      }
    }
    await ledger
      .updateTable('manufacturers')
      .set({ stripe_events_read_at: startedAt })
      .where('id', '=', manufacturerId)
      .execute()
    return stored
  }

  return {
    async handleStripeWebhook({ manufacturerId, rawBody, signature }) {
      const { apiKey, webhookSecrets } = await secrets.getStripeCredentials(manufacturerId)
      const event = verifyWebhook(rawBody, signature, webhookSecrets, clock.now())
      if (event.livemode !== isLiveKey(apiKey) || event.account !== undefined) {
        throw stripeErrors.stripe_event_foreign(
          'Send events of the account and mode (test or live) whose key is stored here.',
        )
      }
      const hint = hintOf(event)
      if (hint === undefined) return 'ignored'
      return (await storeEvent(manufacturerId, event, hint)) ? 'stored' : 'duplicate'
    },

    processStripeEvents: () => inTurn(processEvents),
    readMissedEvents: () =>
      inTurn(async () => {
        let stored = 0
        for (const { manufacturerId, readAt } of await listConnected(ledger)) {
          try {
            stored += await readMissedOf(manufacturerId, readAt)
          } catch (error) {
            const isOurSetUp = error instanceof AppError && error.kind === 'precondition'
            if (classifyFailure(error).kind === 'foreign' && !isOurSetUp) throw error
            log.warn({ manufacturerId }, 'Stripe could not be asked about events')
          }
        }
        return stored
      }),
    lookAtInvoices: (invoices) =>
      inTurn(() =>
        followUpAll(
          invoices.map(({ manufacturerId, stripeInvoiceId }) => ({
            question: { manufacturerId, kind: 'invoice' as const, id: stripeInvoiceId },
            done: async () => {},
          })),
        ),
      ),
  }
}

/** Manufacturers that have an account, and up to when their events were read. */
export async function listConnected(
  ledger: Kysely<LedgerTables>,
): Promise<readonly { readonly manufacturerId: ManufacturerId; readonly readAt: number | null }[]> {
  const rows = await ledger
    .selectFrom('manufacturers')
    .select(['id', 'stripe_events_read_at'])
    .where('stripe_key_encrypted', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    manufacturerId: row.id as ManufacturerId,
    readAt: row.stripe_events_read_at,
  }))
}

async function noteGone(ledger: Kysely<LedgerTables>, invoiceId: InvoiceId, now: number): Promise<void> {
  await ledger
    .updateTable('stripe_payment_states')
    .set({ status: 'gone', pay_url: null, checked_at: now })
    .where('invoice_id', '=', invoiceId)
    .execute()
}
