/**
 * Learns from Stripe that invoices were paid.
 *
 * A webhook is verified on its raw bytes, its event id is stored once, and it is answered: that is all that happens
 * while Stripe waits. Later each stored event is treated as a hint only: the invoice is retrieved from Stripe, and what
 * it says there counts, so duplicates, lost order and stale contents do no harm. `syncOpenInvoices` asks for every
 * issued invoice and so repairs webhooks that never came.
 *
 * An event reaches only invoices of the manufacturer whose secret signed it (I12). The SDK refuses old signatures but
 * takes any that lies in the future; here both are refused.
 */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { Stripe } from 'stripe'
import {
  AppError,
  SECOND_MS,
  type Clock,
  type InvoiceId,
  type ManufacturerId,
  type RandomBytes,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { classifyFailure } from './classify-failure.ts'
import { stripeErrors } from './errors.ts'
import { wasToldOfPayment } from './paid-outside.ts'
import { createSecretStore } from './secrets.ts'
import { createStripeClients, type StripeOptions } from './stripe-client.ts'

export type StripeInboxParts = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  readonly stripeOptions: StripeOptions
  readonly secretKey: Uint8Array
  /**
   * Called when Stripe says that an invoice, issued here, is paid; never twice at the same time. May be called again
   * for an invoice whose call was interrupted.
   */
  readonly markPaid: (invoiceId: InvoiceId, paidAt: number) => Promise<void>
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
  /** How many were left for the next run because Stripe could not be asked. */
  readonly left: number
}

export type StripeInbox = {
  /**
   * Stores a verified event about an invoice; answer 2xx when this resolves. Other events are ignored.
   * @throws AppError `stripe_signature_invalid`, `stripe_event_invalid`, `stripe_not_configured`
   */
  handleStripeWebhook(webhook: StripeWebhook): Promise<'stored' | 'duplicate' | 'ignored'>
  /** Follows up the stored events, oldest first, at most 1,000; those that could not be followed up stay for the next call. */
  processStripeEvents(): Promise<StripeSyncReport>
  /** Asks Stripe about every issued invoice that it has. */
  syncOpenInvoices(): Promise<StripeSyncReport>
}

const SIGNATURE_TOLERANCE_S = 300
const MAX_EVENTS_PER_RUN = 1_000

type OurInvoice = {
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly stripeInvoiceId: string
}

export function createStripeInbox(parts: StripeInboxParts): StripeInbox {
  const { ledger, clock, log } = parts
  const secrets = createSecretStore(parts)
  const clients = createStripeClients(secrets, parts.stripeOptions)

  /** Asks Stripe; `unreachable` leaves the question for later. */
  async function ask(invoice: OurInvoice): Promise<Stripe.Invoice | 'gone' | 'unreachable'> {
    const { invoiceId, manufacturerId, stripeInvoiceId } = invoice
    try {
      const stripe = await clients.getClient(manufacturerId)
      return await stripe.invoices.retrieve(stripeInvoiceId)
    } catch (error) {
      const isOurSetUp = error instanceof AppError && error.kind === 'precondition'
      const failure = classifyFailure(error)
      if (failure.kind === 'foreign' && !isOurSetUp) throw error
      log.warn(
        { invoiceId, stripeInvoiceId, failure: failure.kind },
        'Stripe could not be asked about an invoice',
      )
      return failure.kind === 'refused' ? 'gone' : 'unreachable'
    }
  }

  async function followUpAll(
    questions: readonly {
      readonly invoice: OurInvoice
      readonly done: (problem?: string) => Promise<void>
    }[],
  ): Promise<StripeSyncReport> {
    const paid: InvoiceId[] = []
    const setAside = new Set<ManufacturerId>()
    let left = 0
    for (const { invoice, done } of questions) {
      if (setAside.has(invoice.manufacturerId)) {
        left += 1
        continue
      }
      const answer = await ask(invoice)
      if (answer === 'unreachable') {
        setAside.add(invoice.manufacturerId)
        left += 1
      } else if (answer === 'gone') {
        await done('Stripe has no such invoice.')
      } else {
        if (answer.status === 'paid') {
          const paidAt = answer.status_transitions.paid_at
          await parts.markPaid(invoice.invoiceId, paidAt === null ? clock.now() : paidAt * SECOND_MS)
          paid.push(invoice.invoiceId)
        }
        await done()
      }
    }
    return { paid, left }
  }

  let lastTurn: Promise<unknown> = Promise.resolve()
  /** One run after the other, so that two of them never mark the same invoice. */
  function inTurn(run: () => Promise<StripeSyncReport>): Promise<StripeSyncReport> {
    const turn = lastTurn.then(run, run)
    lastTurn = turn.catch(() => undefined)
    return turn
  }

  function selectOpenInvoices() {
    return ledger
      .selectFrom('stripe_invoices')
      .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
      .select(['invoices.id', 'invoices.manufacturer_id', 'stripe_invoices.stripe_invoice_id'])
      .where('invoices.status', 'in', ['issued', 'uncollectible'])
      .where((where) => where.not(wasToldOfPayment(where)))
  }

  async function processEvents(): Promise<StripeSyncReport> {
    const events = await ledger
      .selectFrom('stripe_events')
      .select(['id', 'manufacturer_id', 'stripe_object_id'])
      .where('processed_at', 'is', null)
      .orderBy('received_at')
      .limit(MAX_EVENTS_PER_RUN)
      .execute()
    const markProcessed = async (ids: readonly string[], problem?: string) => {
      await ledger
        .updateTable('stripe_events')
        .set({ processed_at: clock.now(), problem: problem ?? null })
        .where('id', 'in', ids)
        .execute()
    }
    const questions = []
    const byInvoice = Map.groupBy(events, (event) => `${event.manufacturer_id} ${event.stripe_object_id}`)
    for (const [first, ...others] of byInvoice.values()) {
      if (first === undefined) continue
      const ids = [first, ...others].map(({ id }) => id)
      const row = await selectOpenInvoices()
        .where('stripe_invoices.stripe_invoice_id', '=', first.stripe_object_id)
        .where('invoices.manufacturer_id', '=', first.manufacturer_id)
        .executeTakeFirst()
      if (row === undefined) await markProcessed(ids)
      else
        questions.push({
          invoice: toOurInvoice(row),
          done: (problem?: string) => markProcessed(ids, problem),
        })
    }
    return await followUpAll(questions)
  }

  async function syncInvoices(): Promise<StripeSyncReport> {
    const rows = await selectOpenInvoices().orderBy('invoices.issued_at').execute()
    return await followUpAll(rows.map((row) => ({ invoice: toOurInvoice(row), done: async () => {} })))
  }

  return {
    async handleStripeWebhook({ manufacturerId, rawBody, signature }) {
      const { webhookSecret } = await secrets.getStripeCredentials(manufacturerId)
      const event = verifyEvent(rawBody, signature, webhookSecret, clock.now())
      const object = readEventObject(event)
      if (object.object !== 'invoice') return 'ignored'
      const { numInsertedOrUpdatedRows } = await ledger
        .insertInto('stripe_events')
        .values({
          id: event.id,
          manufacturer_id: manufacturerId,
          event_type: event.type,
          stripe_object_id: object.id,
          received_at: clock.now(),
          processed_at: null,
          problem: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n ? 'stored' : 'duplicate'
    },

    processStripeEvents: () => inTurn(processEvents),
    syncOpenInvoices: () => inTurn(syncInvoices),
  }
}

function toOurInvoice(row: { id: string; manufacturer_id: string; stripe_invoice_id: string }): OurInvoice {
  return {
    invoiceId: row.id as InvoiceId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    stripeInvoiceId: row.stripe_invoice_id,
  }
}

function verifyEvent(
  rawBody: Uint8Array,
  signature: string | undefined,
  webhookSecret: string,
  now: number,
): Stripe.Event {
  const seconds = (signature ?? '').split(',').filter((part) => part.startsWith('t='))
  const signedAt = seconds.length === 1 ? Number(/^t=(\d{1,12})$/.exec(seconds[0] ?? '')?.[1]) : Number.NaN
  const ageSeconds = Math.floor(now / SECOND_MS) - signedAt
  try {
    if (!(Math.abs(ageSeconds) <= SIGNATURE_TOLERANCE_S))
      throw new Error('signed too long ago or in the future')
    return Stripe.webhooks.constructEvent(
      rawBody,
      signature ?? '',
      webhookSecret,
      SIGNATURE_TOLERANCE_S,
      undefined,
      now,
    )
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw stripeErrors.stripe_event_invalid('Send a Stripe event as JSON.', { cause })
    throw stripeErrors.stripe_signature_invalid(
      'Sign the raw body with the endpoint’s secret, within five minutes of the clock here.',
      { cause },
    )
  }
}

function readEventObject(event: Stripe.Event): { readonly id: string; readonly object: string } {
  const shape = event as {
    id?: unknown
    object?: unknown
    data?: { object?: { id?: unknown; object?: unknown } }
  } | null
  const object = shape?.data?.object
  if (
    shape === null ||
    shape.object !== 'event' ||
    typeof shape.id !== 'string' ||
    typeof object?.object !== 'string'
  ) {
    throw stripeErrors.stripe_event_invalid('Send a Stripe event with an id and an object.')
  }
  return { id: typeof object.id === 'string' ? object.id : '', object: object.object }
}
