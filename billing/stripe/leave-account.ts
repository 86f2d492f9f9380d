/**
 * What becomes of a manufacturer's documents when another Stripe account, or the other mode, takes the place of the connected one.
 *
 * What was not finalized there begins anew: its customers, payment methods and drafts are forgotten, and the steps that were done count no
 * more. What was finalized there, or perhaps was, stays there: it might be collected a second time elsewhere. It is noted in
 * `stripe_left_invoices`, and nothing is told to Stripe or asked of it about such an invoice or its credit notes again.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { getCurrency, moneyOf, type InvoiceId, type ManufacturerId, type Money } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { followInvoice } from './follow-documents.ts'
import { problemColumns } from './outbox-steps.ts'
import type { KeyOwner } from './own-account.ts'
import { pushProblems } from './push-problems.ts'

/** What is known of the account that is left. */
export type Leaving = {
  /** Customers that are made anew, with nothing saved. */
  readonly customers: number
  /** Invoices that stay there and are not settled there. */
  readonly openInvoices: number
}

/** Invoices that are to be sent; the sum of each currency. */
export type Backlog = { readonly invoices: number; readonly totals: readonly Money[] }

/** Nothing more is collected of these there. */
const settledThere = ['paid', 'void'] as const

const FOLLOWED_AT_ONCE = 500

export async function readLeaving(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<Leaving> {
  const customers = await ownCustomers(ledger, manufacturerId)
    .select((select) => select.fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  const open = await staying(ledger, manufacturerId)
    .select((select) => select.fn.countAll<bigint>().as('count'))
    .where((where) =>
      where.or([where('state.status', 'is', null), where('state.status', 'not in', settledThere)]),
    )
    .executeTakeFirstOrThrow()
  return { customers: Number(customers.count), openInvoices: Number(open.count) }
}

export async function readBacklog(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<Backlog> {
  const rows = await toBeSent(ledger, manufacturerId)
    .select((select) => [
      'invoices.currency',
      select.fn.countAll<bigint>().as('count'),
      select.fn.sum<bigint>('invoices.total_minor').as('total_minor'),
    ])
    .groupBy('invoices.currency')
    .orderBy('invoices.currency')
    .execute()
  return {
    invoices: rows.reduce((sum, { count }) => sum + Number(count), 0),
    totals: rows.map((row) => moneyOf(row.total_minor, getCurrency(row.currency).code)),
  }
}

export async function leaveAccount(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  { mode, accountId }: KeyOwner,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('stripe_left_invoices')
    .columns(['invoice_id', 'stripe_invoice_id', 'account_id', 'mode', 'status', 'left_at'])
    .expression(
      staying(transaction, manufacturerId).select((select) => [
        'stripe_invoices.invoice_id',
        'stripe_invoices.stripe_invoice_id',
        select.val(accountId ?? null).as('account_id'),
        select.val(mode).as('mode'),
        'state.status',
        select.val(now).as('left_at'),
      ]),
    )
    .execute()
  await endSteps(transaction, manufacturerId, now)
  await transaction
    .updateTable('stripe_payment_states')
    .set({ status: 'gone', pay_url: null, next_attempt_at: null, problem: null, problem_code: null })
    .where('status', 'not in', settledThere)
    .where('invoice_id', 'in', ownInvoices(transaction, manufacturerId))
    .execute()
  await transaction
    .deleteFrom('stripe_invoices')
    .where('invoice_id', 'in', ownInvoices(transaction, manufacturerId))
    .execute()
  await transaction
    .deleteFrom('stripe_customers')
    .where('customer_id', 'in', ownCustomers(transaction, manufacturerId).select('customers.id'))
    .execute()
  await transaction
    .updateTable('stripe_events')
    .set({ processed_at: now, problem: 'It is of an account that is not connected any more.' })
    .where('manufacturer_id', '=', manufacturerId)
    .where('processed_at', 'is', null)
    .execute()
  await transaction
    .updateTable('manufacturers')
    .set({
      stripe_previous_webhook_secret_encrypted: null,
      stripe_previous_webhook_secret_until_at: null,
      stripe_events_read_at: now,
    })
    .where('id', '=', manufacturerId)
    .execute()
  await followAgain(transaction, manufacturerId, now)
}

/** What waited is not wanted there any more; what was done for a document that begins anew counts no more. */
async function endSteps(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('outbox_steps')
    .set({ state: 'superseded', done_at: now, ...problemColumns(pushProblems.say('account_left')) })
    .where('manufacturer_id', '=', manufacturerId)
    .where((where) =>
      where.or([
        where('state', 'in', ['waiting', 'parked']),
        where.and([
          where('state', '=', 'done'),
          where('step', 'in', ['create_invoice', 'add_lines']),
          where('invoice_id', 'in', toBeSent(transaction, manufacturerId).select('invoices.id')),
        ]),
      ]),
    )
    .execute()
}

async function followAgain(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  now: number,
): Promise<void> {
  const rows = await toBeSent(transaction, manufacturerId)
    .select('invoices.id')
    .orderBy('invoices.issued_at')
    .orderBy('invoices.id')
    .execute()
  for (let from = 0; from < rows.length; from += FOLLOWED_AT_ONCE) {
    await Promise.all(
      rows
        .slice(from, from + FOLLOWED_AT_ONCE)
        .map(({ id }) => followInvoice(transaction, { invoiceId: id as InvoiceId, now })),
    )
  }
}

function ownInvoices(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return ledger
    .selectFrom('invoices')
    .select('invoices.id')
    .where('invoices.manufacturer_id', '=', manufacturerId)
}

/** Customers of the manufacturer that Stripe knows. */
function ownCustomers(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return ledger
    .selectFrom('stripe_customers')
    .innerJoin('customers', 'customers.id', 'stripe_customers.customer_id')
    .where('customers.manufacturer_id', '=', manufacturerId)
}

/** Invoices that were finalized in the connected account, or perhaps were. */
function staying(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return ledger
    .selectFrom('stripe_invoices')
    .innerJoin('invoices', 'invoices.id', 'stripe_invoices.invoice_id')
    .leftJoin('stripe_payment_states as state', 'state.invoice_id', 'invoices.id')
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .where(mayBeFinalized)
}

/** Issued invoices that are not finalized anywhere and are still wanted at Stripe. */
function toBeSent(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return ledger
    .selectFrom('invoices')
    .where('invoices.manufacturer_id', '=', manufacturerId)
    .where('invoices.status', 'in', ['issued', 'uncollectible'])
    .where(sql<boolean>`EXISTS (SELECT 1 FROM outbox_steps AS step WHERE step.subject_id = invoices.id)`)
    .where(sql<boolean>`NOT ${mayBeFinalized}`)
    .where(
      sql<boolean>`NOT EXISTS (SELECT 1 FROM stripe_left_invoices AS past WHERE past.invoice_id = invoices.id)`,
    )
}

/** A finalization that is parked was found not to have happened. */
const mayBeFinalized = sql<boolean>`EXISTS (
  SELECT 1 FROM outbox_steps AS step
  WHERE step.subject_id = invoices.id AND step.step = 'finalize_invoice'
    AND (step.state = 'done' OR (step.state = 'waiting' AND step.attempts > 0))
)`
