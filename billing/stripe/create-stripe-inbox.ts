/**
 * Learns from Stripe what became of invoices, payments and customers.
 *
 * A webhook is verified on its raw bytes, its event id is stored once (`stored-events.ts`), and it is answered: that is all that happens
 * while Stripe waits. Later each stored event is treated as a hint only: what it is about is retrieved from Stripe, and what
 * it says there counts, so duplicates, lost order and stale contents do no harm. `readMissedEvents` asks for events that never came as
 * webhooks, and `sweep.ts` compares what no event tells.
 *
 * An event reaches only what belongs to the manufacturer whose secret signed it (I12), whichever account sent it: all that it holds is an id, which is
 * looked up among his own and asked about with his own key. Nor does one manufacturer's event stand in the way of another's: each has turns of his own, in
 * which his events, oldest first, and the sweep's pieces follow one another, so that no two of them mark the same invoice. An event that fails by a
 * mistake here is written down with it, and the others go on.
 */
import type { Kysely } from 'kysely'
import type { InvoiceId, ManufacturerId } from '../../core/index.ts'
import { HOUR_MS, SECOND_MS } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { judgeAskFailure } from './ask-failure.ts'
import { stripeErrors } from './errors.ts'
import { followHint, type FollowingParts, type OurInvoice, type Question } from './follow-hint.ts'
import { inPieces } from './in-pieces.ts'
import { createSecretStore, isLiveKey } from './secrets.ts'
import { listWaiting, markProcessed, readWaitingHints, storeEvents } from './stored-events.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'
import { verifyWebhook } from './verify-webhook.ts'

export type { PaymentProblem } from './look-at-invoice.ts'

export type StripeInboxParts = StripeParts & FollowingParts

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
  /**
   * Follows up the stored events, of each manufacturer oldest first and at most 1,000; those for which Stripe could not be asked stay for the next
   * call.
   */
  processStripeEvents(): Promise<StripeSyncReport>
  /** Stores the events that never came as webhooks, for each manufacturer that has an account. Returns how many. */
  readMissedEvents(): Promise<number>
  /** Asks Stripe about these invoices, in turns with what else is asked of their accounts. */
  lookAtInvoices(invoices: readonly OurInvoice[]): Promise<StripeSyncReport>
}

/** Of one manufacturer, until it is looked who else has events that wait. */
const EVENTS_AT_ONCE = 100
const MAX_ROUNDS = 10
/** Each has a pace of its own, and one that does not answer holds up one place only. */
const ACCOUNTS_AT_ONCE = 8
/** Webhooks wait no longer than these take. */
const INVOICES_IN_A_TURN = 20
/** Events are told a little after they happened. */
const EVENT_OVERLAP_MS = HOUR_MS
/** As many as a page of Stripe's has. */
const EVENTS_STORED_AT_ONCE = 100

type Asked = { readonly question: Question; readonly done: (problem?: string) => Promise<void> }

export function createStripeInbox(parts: StripeInboxParts, clients: StripeClients): StripeInbox {
  const { ledger, clock, log } = parts
  const secrets = createSecretStore(parts)

  /** What is left when the account fails is not asked about. */
  async function followUpAll(asked: readonly Asked[]): Promise<StripeSyncReport> {
    const paid: InvoiceId[] = []
    for (const [place, { question, done }] of asked.entries()) {
      try {
        paid.push(...(await followHint(parts, await clients.getClient(question.manufacturerId), question)))
        await done()
      } catch (error) {
        const failure = judgeAskFailure(error, log, question)
        if (failure.concerns === 'account') return { paid, left: asked.length - place }
        await done(failure.sentence)
      }
    }
    return { paid, left: 0 }
  }

  const lastTurns = new Map<ManufacturerId, Promise<unknown>>()
  function inTurn<Report>(manufacturerId: ManufacturerId, run: () => Promise<Report>): Promise<Report> {
    const turn = (lastTurns.get(manufacturerId) ?? Promise.resolve()).then(run)
    lastTurns.set(
      manufacturerId,
      turn.catch(() => undefined),
    )
    return turn
  }

  async function processSome(manufacturerId: ManufacturerId): Promise<StripeSyncReport> {
    const hints = await readWaitingHints(ledger, manufacturerId, EVENTS_AT_ONCE)
    return await followUpAll(
      hints.map(({ kind, id, eventIds }) => ({
        question: { manufacturerId, kind, id },
        done: (problem) => markProcessed(ledger, manufacturerId, eventIds, { now: clock.now(), problem }),
      })),
    )
  }

  async function processEvents(): Promise<StripeSyncReport> {
    const reports: StripeSyncReport[] = []
    const setAside = new Set<ManufacturerId>()
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const waiting = (await listWaiting(ledger)).filter((id) => !setAside.has(id))
      if (waiting.length === 0) break
      await forEachAccount(waiting, async (manufacturerId) => {
        const report = await inTurn(manufacturerId, () => processSome(manufacturerId))
        if (report.left > 0) setAside.add(manufacturerId)
        reports.push(report)
      })
    }
    return sumOf(reports)
  }

  async function readMissedOf(manufacturerId: ManufacturerId, readAt: number | null): Promise<number> {
    const startedAt = clock.now()
    let stored = 0
    if (readAt !== null) {
      const stripe = await clients.getClient(manufacturerId)
      const since = Math.floor((readAt - EVENT_OVERLAP_MS) / SECOND_MS)
      const events = stripe.events.list({ created: { gte: since }, limit: 100 })
      for await (const piece of inPieces(events, EVENTS_STORED_AT_ONCE)) {
        const ends = await storeEvents(ledger, manufacturerId, piece, clock.now())
        stored += ends.filter((end) => end === 'stored').length
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
      // Only events of connected accounts name theirs.
      if (event.livemode !== isLiveKey(apiKey) || event.account !== undefined) {
        throw stripeErrors.stripe_event_foreign(
          'Send events of the mode (test or live) whose key is stored here, and none of connected accounts.',
        )
      }
      const [end = 'ignored'] = await storeEvents(ledger, manufacturerId, [event], clock.now())
      return end
    },

    processStripeEvents: processEvents,

    async readMissedEvents() {
      let stored = 0
      await forEachAccount(await listConnected(ledger), async ({ manufacturerId, readAt }) => {
        try {
          const count = await readMissedOf(manufacturerId, readAt)
          stored += count
        } catch (error) {
          judgeAskFailure(error, log, { manufacturerId })
        }
      })
      return stored
    },

    async lookAtInvoices(invoices) {
      const reports: StripeSyncReport[] = []
      for (const [manufacturerId, own] of Map.groupBy(invoices, (invoice) => invoice.manufacturerId)) {
        let asked = 0
        for await (const piece of inPieces(own, INVOICES_IN_A_TURN)) {
          const questions = piece.map(({ stripeInvoiceId }) => ({
            question: { manufacturerId, kind: 'invoice' as const, id: stripeInvoiceId },
            done: async () => {},
          }))
          const { paid, left } = await inTurn(manufacturerId, () => followUpAll(questions))
          asked += piece.length
          reports.push({ paid, left: left === 0 ? 0 : left + own.length - asked })
          if (left > 0) break
        }
      }
      return sumOf(reports)
    },
  }
}

function sumOf(reports: readonly StripeSyncReport[]): StripeSyncReport {
  return {
    paid: reports.flatMap(({ paid }) => paid),
    left: reports.reduce((sum, { left }) => sum + left, 0),
  }
}

/** A few side by side. */
async function forEachAccount<Account>(
  accounts: readonly Account[],
  work: (account: Account) => Promise<void>,
): Promise<void> {
  const waiting = accounts.values()
  const takeThem = async () => {
    for (const account of waiting) await work(account)
  }
  await Promise.all(Array.from({ length: ACCOUNTS_AT_ONCE }, takeThem))
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
