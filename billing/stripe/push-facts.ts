/** What `wanted-step.ts` decides on, read for many documents at once from what a transaction sees. */
import type { Kysely, Selectable } from 'kysely'
import type { Stripe } from 'stripe'
import type { CreditNoteId, CustomerId, InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { customerHash } from './document-parameters.ts'
import { type StepSubject } from './outbox-steps.ts'
import { readPushCustomer } from './push-document.ts'
import { recordedPayments } from './recorded-payments.ts'
import type { ChainStep, CustomerFacts, InvoiceFacts } from './wanted-step.ts'

type StepRow = Selectable<LedgerTables['outbox_steps']>

export type FollowedInvoice = { readonly subject: StepSubject; readonly facts: InvoiceFacts }
export type FollowedCustomer = { readonly subject: StepSubject; readonly facts: CustomerFacts }

/** Drafts are left out: nobody else knows of them. So is what stayed in an account that is not connected any more. */
export async function readFollowedInvoices(
  ledger: Kysely<LedgerTables>,
  ids: readonly InvoiceId[],
): Promise<readonly FollowedInvoice[]> {
  const invoices = await ledger
    .selectFrom('invoices')
    .leftJoin('stripe_invoices', 'stripe_invoices.invoice_id', 'invoices.id')
    .leftJoin('stripe_payment_states as state', 'state.invoice_id', 'invoices.id')
    .select(['invoices.id', 'invoices.manufacturer_id', 'invoices.customer_id', 'invoices.status'])
    .select([
      'stripe_invoices.stripe_invoice_id',
      'state.status as status_there',
      'collected_minor',
      'refunded_minor',
    ])
    .select((select) => [
      select
        .exists(
          select
            .selectFrom('invoice_lines')
            .select('position')
            .whereRef('invoice_lines.invoice_id', '=', 'invoices.id'),
        )
        .as('has_lines'),
      select.exists(recordedPayments(ledger)).as('has_payments'),
      select.exists(recordedPayments(ledger).where('record.payment_id', 'is', null)).as('has_untold_payment'),
      select
        .exists(
          select
            .selectFrom('stripe_payment_records as told')
            .innerJoin('invoice_payments', 'invoice_payments.id', 'told.payment_id')
            .select('told.payment_id')
            .whereRef('invoice_payments.invoice_id', '=', 'invoices.id'),
        )
        .as('has_told_payment'),
      select
        .exists(
          select
            .selectFrom('stripe_refunds')
            .select('stripe_refunds.id')
            .whereRef('stripe_refunds.invoice_id', '=', 'invoices.id')
            .where('stripe_refunds.status', '=', 'failed'),
        )
        .as('has_failed_refund'),
    ])
    .leftJoin('stripe_left_invoices as stayed', 'stayed.invoice_id', 'invoices.id')
    .where('stayed.invoice_id', 'is', null)
    .where('invoices.id', 'in', ids)
    .where('invoices.status', '<>', 'draft')
    .execute()
  const chains = Map.groupBy(await readSteps(ledger, ids), ({ subject_id }) => subject_id)
  const notes = await ledger
    .selectFrom('credit_notes')
    .select(['id', 'invoice_id'])
    .where('invoice_id', 'in', ids)
    .where('issued_at', 'is not', null)
    .orderBy('issued_at')
    .orderBy('number')
    .execute()
  const notesOf = Map.groupBy(notes, ({ invoice_id }) => invoice_id)
  return invoices.flatMap((row) => {
    const { id, status } = row
    if (status === 'draft') return []
    const subject = {
      manufacturerId: row.manufacturer_id as StepSubject['manufacturerId'],
      customerId: row.customer_id as CustomerId,
      invoiceId: id as InvoiceId,
      creditNoteId: undefined,
    }
    return [
      {
        subject,
        facts: {
          status,
          isPaidOutside: status === 'paid' && Boolean(row.has_payments),
          hasUntoldPayment: Boolean(row.has_untold_payment),
          isHeld: isHeld(chains.get(id)),
          hasLines: Boolean(row.has_lines),
          hasDraft: row.stripe_invoice_id !== null,
          isGivenUpThere: row.status_there === 'uncollectible',
          isSettledThere: row.status_there === 'paid',
          isCollected: (row.collected_minor ?? 0n) > (row.refunded_minor ?? 0n) && !row.has_failed_refund,
          hasMoneyThere: (row.collected_minor ?? 0n) > 0n || Boolean(row.has_told_payment),
          chain: toChain(chains.get(id)),
          creditNotes: (notesOf.get(id) ?? []).map((note) => ({
            id: note.id as CreditNoteId,
            chain: toChain(chains.get(note.id)),
          })),
        },
      },
    ]
  })
}

export async function readFollowedCustomers(
  ledger: Kysely<LedgerTables>,
  subjects: readonly StepSubject[],
): Promise<readonly FollowedCustomer[]> {
  const ids = [...new Set(subjects.map(({ customerId }) => customerId))]
  const known = await ledger
    .selectFrom('stripe_customers')
    .select(['customer_id', 'details_hash'])
    .where('customer_id', 'in', ids)
    .execute()
  const steps = await ledger
    .selectFrom('outbox_steps')
    .selectAll()
    .where('subject_id', 'in', ids)
    .orderBy('id')
    .execute()
  const chains = Map.groupBy(steps, ({ subject_id }) => subject_id)
  const hashes = new Map(known.map((row) => [row.customer_id, row.details_hash]))
  const manufacturerOf = new Map(subjects.map((subject) => [subject.customerId, subject.manufacturerId]))
  return await Promise.all(
    [...manufacturerOf].map(async ([customerId, manufacturerId]) => {
      const customer = await readPushCustomer(ledger, customerId)
      return {
        subject: { manufacturerId, customerId, invoiceId: undefined, creditNoteId: undefined },
        facts: {
          isKnown: hashes.has(customerId),
          isChanged: hashes.has(customerId) && hashes.get(customerId) !== customerHash(customer),
          chain: toChain(chains.get(customerId)),
        },
      }
    }),
  )
}

async function readSteps(
  ledger: Kysely<LedgerTables>,
  invoiceIds: readonly InvoiceId[],
): Promise<readonly StepRow[]> {
  return await ledger
    .selectFrom('outbox_steps')
    .selectAll()
    .where('invoice_id', 'in', invoiceIds)
    .orderBy('id')
    .execute()
}

function isHeld(rows: readonly StepRow[] = []): boolean {
  const finalized = rows.findLast(({ step, state }) => step === 'finalize_invoice' && state === 'done')
  const { body } = JSON.parse(finalized?.parameters ?? '{}') as {
    readonly body?: Stripe.InvoiceFinalizeInvoiceParams
  }
  return body?.auto_advance === false
}

function toChain(rows: readonly StepRow[] = []): readonly ChainStep[] {
  return rows.map(({ id, step, state, generation, attempts }) => ({ id, step, state, generation, attempts }))
}
