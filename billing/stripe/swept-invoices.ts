/** What the sweep asks the ledger: which invoices are as they were noted, which were not seen, whose a draft is. */
import type { Kysely } from 'kysely'
import type { Stripe } from 'stripe'
import type { CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { OurInvoice } from './follow-hint.ts'
import { collectedOf } from './retrieve-invoice.ts'

/** So many are read in one statement, which keeps the ledger to itself meanwhile. */
const INVOICES_AT_ONCE = 1_000

/** Ours among these; an invoice of which nothing is noted yet differs. */
export async function compareWithNoted(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  invoices: readonly Stripe.Invoice[],
): Promise<{ readonly same: readonly InvoiceId[]; readonly differing: readonly OurInvoice[] }> {
  const rows = await ledger
    .selectFrom('stripe_invoices')
    .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
    .leftJoin('stripe_payment_states as state', 'state.invoice_id', 'invoices.id')
    .select(['invoices.id', 'stripe_invoice_id'])
    .select(['state.status', 'collected_minor', 'remaining_minor', 'attempt_count'])
    .where(
      'stripe_invoice_id',
      'in',
      invoices.map(({ id }) => id),
    )
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .execute()
  const noted = new Map(rows.map((row) => [row.stripe_invoice_id, row]))
  const same: InvoiceId[] = []
  const differing: OurInvoice[] = []
  for (const seen of invoices) {
    const row = noted.get(seen.id)
    if (row === undefined) continue
    const isSame =
      row.status === seen.status &&
      row.collected_minor === collectedOf(seen) &&
      row.remaining_minor === BigInt(Math.max(0, seen.amount_remaining)) &&
      row.attempt_count === BigInt(seen.attempt_count)
    const invoiceId = row.id as InvoiceId
    if (isSame) same.push(invoiceId)
    else differing.push({ invoiceId, manufacturerId, stripeInvoiceId: seen.id })
  }
  return { same, differing }
}

export async function noteChecked(
  ledger: Kysely<LedgerTables>,
  invoiceIds: readonly InvoiceId[],
  now: number,
): Promise<void> {
  if (invoiceIds.length === 0) return
  await ledger
    .updateTable('stripe_payment_states')
    .set({ checked_at: now })
    .where('invoice_id', 'in', invoiceIds)
    .execute()
}

/**
 * Ours that were not looked at since the sweep began, and that are either not over at Stripe, as far as is noted, or unpaid here although money may have
 * come. What credit notes settled whole, what was settled without money and what was paid elsewhere is over there for good.
 */
export async function* listUnseen(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  { startedAt, youngFrom }: { readonly startedAt: number; readonly youngFrom: number },
): AsyncGenerator<readonly OurInvoice[]> {
  for (let after = { created_at: 0, id: '' }; ;) {
    const { created_at, id } = after
    const invoices = await ledger
      .selectFrom('invoices')
      .select(['created_at', 'id'])
      .where('manufacturer_id', '=', manufacturerId)
      .where('created_at', '>=', created_at)
      .where((where) => where.or([where('created_at', '>', created_at), where('id', '>', id)]))
      .orderBy('created_at')
      .orderBy('id')
      .limit(INVOICES_AT_ONCE)
      .execute()
    const last = invoices.at(-1)
    if (last === undefined) return
    const ids = invoices.map((invoice) => invoice.id)
    const rows = await selectUnseen(ledger, ids, startedAt, youngFrom).execute()
    yield rows.map((row) => ({
      invoiceId: row.id as InvoiceId,
      manufacturerId,
      stripeInvoiceId: row.stripe_invoice_id,
    }))
    after = last
  }
}

function selectUnseen(
  ledger: Kysely<LedgerTables>,
  invoiceIds: readonly string[],
  startedAt: number,
  youngFrom: number,
) {
  return ledger
    .selectFrom('stripe_invoices')
    .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
    .leftJoin('stripe_payment_states as state', 'state.invoice_id', 'invoices.id')
    .select(['invoices.id', 'stripe_invoice_id'])
    .where('invoices.id', 'in', invoiceIds)
    .where((where) => {
      const isUnseen = where('state.checked_at', '<', startedAt)
      const isUnpaidHere = where('invoices.status', 'in', ['issued', 'uncollectible'])
      return where.or([
        where.and([isUnseen, where('state.status', 'in', ['draft', 'open', 'uncollectible'])]),
        where.and([
          isUnpaidHere,
          where('state.invoice_id', 'is', null),
          where('stripe_invoices.adopted_at', '<', youngFrom),
        ]),
        where.and([
          isUnseen,
          isUnpaidHere,
          where('state.status', '=', 'paid'),
          where('state.problem_code', 'is distinct from', 'settled_without_money'),
          where.or([where('collected_minor', '>', 0n), where('invoices.total_minor', '<=', 0n)]),
        ]),
      ])
    })
}

/** Undefined unless the draft is of an invoice of ours that has another one, or never will adopt it. */
export async function findOwnerOfSpare(
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
