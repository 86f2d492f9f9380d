/**
 * The events of Stripe that are kept: those about something of the manufacturer's own, each once by its id, until they were followed up
 * and a month went by.
 *
 * A shared account tells much that is not ours; none of it is kept. An event may come before Stripe's id is adopted here, and is then taken for
 * another's. That loses nothing: before its adoption we do nothing with a document or customer but make it; `readMissedEvents` reads the last
 * hour again every ten minutes, and so stores what has become ours since; and what is adopted later than that is read back by its next step, after
 * which the sweep compares it. A refund or dispute names no customer, so those are all kept and asked about;
 * a payment of a customer who was linked to another one since is told by its invoice's events as well.
 *
 * A month is as long as Stripe itself tells of an event. One that is sent again after it was forgotten is looked at once more, which does no harm; a
 * copy of the old request is refused for the time in its signature.
 */
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import { DAY_MS, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { hintOf, type EventHint } from './verify-webhook.ts'

/** A question to Stripe, and the events that raise it. */
export type WaitingHint = Pick<EventHint, 'kind' | 'id'> & { readonly eventIds: readonly string[] }

const KEPT_MS = 30 * DAY_MS
const FORGOTTEN_AT_ONCE = 1_000

type HintedEvent = { readonly event: Stripe.Event; readonly hint: EventHint }

/** What became of each, in their order. */
export async function storeEvents(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  events: readonly Stripe.Event[],
  now: number,
): Promise<readonly ('stored' | 'duplicate' | 'ignored')[]> {
  const hinted = events.flatMap((event): HintedEvent[] => {
    const hint = hintOf(event)
    return hint === undefined ? [] : [{ event, hint }]
  })
  const own = await pickOwn(ledger, manufacturerId, hinted)
  const stored = await insertEvents(ledger, manufacturerId, own, now)
  const isOwn = new Set(own.map(({ event }) => event.id))
  return events.map(({ id }) => (stored.has(id) ? 'stored' : isOwn.has(id) ? 'duplicate' : 'ignored'))
}

async function pickOwn(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  hinted: readonly HintedEvent[],
): Promise<readonly HintedEvent[]> {
  const idsOf = (kind: 'invoice' | 'customer') =>
    hinted.flatMap(({ hint: { owner } }) => (owner?.kind === kind ? owner.id : []))
  const [invoiceIds, customerIds] = [idsOf('invoice'), idsOf('customer')]
  const invoices =
    invoiceIds.length === 0
      ? []
      : await ledger
          .selectFrom('stripe_invoices')
          .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
          .select('stripe_invoice_id')
          .where('stripe_invoice_id', 'in', invoiceIds)
          .where('invoices.manufacturer_id', '=', manufacturerId)
          .execute()
  const customers =
    customerIds.length === 0
      ? []
      : await ledger
          .selectFrom('stripe_customers')
          .innerJoin('customers', 'customers.id', 'stripe_customers.customer_id')
          .select('stripe_customer_id')
          .where('stripe_customer_id', 'in', customerIds)
          .where('customers.manufacturer_id', '=', manufacturerId)
          .execute()
  const known = {
    invoice: new Set(invoices.map((row) => row.stripe_invoice_id)),
    customer: new Set(customers.map((row) => row.stripe_customer_id)),
  }
  return hinted.filter(({ hint: { owner } }) => owner === undefined || known[owner.kind].has(owner.id))
}

/** The ids of those that were not stored before. */
async function insertEvents(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  events: readonly HintedEvent[],
  now: number,
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set()
  const rows = await ledger
    .insertInto('stripe_events')
    .values(
      events.map(({ event, hint }) => ({
        manufacturer_id: manufacturerId,
        id: event.id,
        event_type: event.type,
        about_kind: hint.kind,
        stripe_object_id: hint.id,
        received_at: now,
        processed_at: null,
        problem: null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['manufacturer_id', 'id']).doNothing())
    .returning('id')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Those that have a key and events that wait. */
export async function listWaiting(ledger: Kysely<LedgerTables>): Promise<readonly ManufacturerId[]> {
  const rows = await ledger
    .selectFrom('manufacturers')
    .select('manufacturers.id')
    .where('stripe_key_encrypted', 'is not', null)
    .where((where) =>
      where.exists(
        where
          .selectFrom('stripe_events')
          .select('stripe_events.id')
          .whereRef('stripe_events.manufacturer_id', '=', 'manufacturers.id')
          .where('processed_at', 'is', null),
      ),
    )
    .orderBy('manufacturers.id')
    .execute()
  return rows.map(({ id }) => id as ManufacturerId)
}

/** Of the events that wait longest, each question once. */
export async function readWaitingHints(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  limit: number,
): Promise<readonly WaitingHint[]> {
  const events = await ledger
    .selectFrom('stripe_events')
    .select(['id', 'about_kind', 'stripe_object_id'])
    .where('manufacturer_id', '=', manufacturerId)
    .where('processed_at', 'is', null)
    .orderBy('received_at')
    .limit(limit)
    .execute()
  const alike = Map.groupBy(events, (event) => JSON.stringify([event.about_kind, event.stripe_object_id]))
  return [...alike.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    return [{ kind: first.about_kind, id: first.stripe_object_id, eventIds: group.map(({ id }) => id) }]
  })
}

export async function markProcessed(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  eventIds: readonly string[],
  { now, problem }: { readonly now: number; readonly problem: string | undefined },
): Promise<void> {
  await ledger
    .updateTable('stripe_events')
    .set({ processed_at: now, problem: problem ?? null })
    .where('manufacturer_id', '=', manufacturerId)
    .where('id', 'in', eventIds)
    .execute()
}

/** Those that wait stay, however old. Returns how many went. */
export async function forgetEvents(ledger: Kysely<LedgerTables>, now: number): Promise<number> {
  let forgotten = 0
  for (;;) {
    const old = await ledger
      .selectFrom('stripe_events')
      .select(['manufacturer_id', 'id'])
      .where('processed_at', '<', now - KEPT_MS)
      .limit(FORGOTTEN_AT_ONCE)
      .execute()
    for (const [manufacturerId, events] of Map.groupBy(old, (event) => event.manufacturer_id)) {
      await ledger
        .deleteFrom('stripe_events')
        .where('manufacturer_id', '=', manufacturerId)
        .where(
          'id',
          'in',
          events.map(({ id }) => id),
        )
        .execute()
    }
    forgotten += old.length
    if (old.length < FORGOTTEN_AT_ONCE) return forgotten
  }
}
