/**
 * What a manufacturer's people see and do about pushes: the steps of each document, those that are parked, and taking one up again. A
 * parked step makes way for what is wanted now, which is mostly the same under a new key and prepared anew. Where Stripe's customer or the
 * draft was deleted there, it is made anew first, and a draft of the deleted customer is deleted.
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import type { Actor, CreditNoteId, CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import { findAtStripe, orUnreachable } from './ask-while-waited.ts'
import { stripeErrors } from './errors.ts'
import { followCustomer, followInvoice } from './follow-documents.ts'
import { findStripeCustomerId } from './open-context.ts'
import {
  insertSteps,
  isSideStep,
  subjectOf,
  toOutboxStep,
  type OutboxStep,
  type StepName,
  type StepState,
} from './outbox-steps.ts'
import { pushProblems, type PushReason } from './push-problems.ts'
import { insertSpareDraft } from './record-step.ts'
import { findInvoice } from './retrieve-invoice.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'

export type PushStep = {
  readonly id: bigint
  readonly customerId: CustomerId
  readonly customerName: string
  readonly invoiceId: InvoiceId | undefined
  readonly invoiceNumber: string | undefined
  readonly creditNoteId: CreditNoteId | undefined
  readonly creditNoteNumber: string | undefined
  readonly step: StepName
  readonly state: StepState
  readonly generation: bigint
  readonly attempts: bigint
  readonly problem: string | undefined
  /** What `problem` says, for whoever says it in another language; undefined of what was written before reasons were kept. */
  readonly problemReason: PushReason | undefined
  readonly createdAt: number
  readonly nextAttemptAt: number | undefined
  readonly doneAt: number | undefined
}

export type PushDesk = {
  /** All steps of an invoice, its credit notes and its customer, oldest first; empty for what is not the manufacturer's. */
  listSteps(manufacturerId: ManufacturerId, invoiceId: string): Promise<readonly PushStep[]>
  /** Parked steps, oldest first; at most `limit`, after the step `after`. */
  listParked(
    manufacturerId: ManufacturerId,
    page: { readonly limit: number; readonly after?: bigint },
  ): Promise<readonly PushStep[]>
  /**
   * Takes a parked step up again.
   * @throws AppError `stripe_step_not_found`, `stripe_step_not_parked`, `stripe_not_configured`, `stripe_unreachable`
   */
  retry(manufacturerId: ManufacturerId, stepId: bigint, actor: Actor): Promise<void>
}

export function createPushDesk(parts: StripeParts, clients: StripeClients): PushDesk {
  const { ledger, clock } = parts
  return {
    async listSteps(manufacturerId, invoiceId) {
      const own = tenantLedger(ledger, manufacturerId)
      const invoice = await own
        .selectFrom('invoices')
        .select('invoices.customer_id')
        .where('invoices.id', '=', invoiceId)
        .executeTakeFirst()
      if (invoice === undefined) return []
      const rows = await selectSteps(ledger, manufacturerId)
        .where((where) =>
          where.or([
            where('outbox_steps.invoice_id', '=', invoiceId),
            where('outbox_steps.subject_id', '=', invoice.customer_id),
          ]),
        )
        .orderBy('outbox_steps.id')
        .execute()
      return rows.map(toPushStep)
    },

    async listParked(manufacturerId, { limit, after = 0n }) {
      const rows = await selectSteps(ledger, manufacturerId)
        .where('outbox_steps.state', '=', 'parked')
        .where('outbox_steps.id', '>', after)
        .orderBy('outbox_steps.id')
        .limit(limit)
        .execute()
      return rows.map(toPushStep)
    },

    async retry(manufacturerId, stepId, actor) {
      const step = await findStep(parts, manufacturerId, stepId)
      const gone = await findGone(clients, parts, step)
      await ledger.transaction().execute(async (transaction) => {
        await endParked(transaction, step, clock.now())
        if (gone.customer) await forgetCustomer(transaction, step)
        if (gone.draft !== undefined) await forgetDraft(transaction, step, gone.draft, clock.now())
        await takeUp(transaction, step, clock.now())
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'stripe.step_retried',
          subject:
            step.invoiceId === undefined
              ? { kind: 'customer', id: step.customerId }
              : { kind: 'invoice', id: step.invoiceId },
          after: { step: step.step, creditNoteId: step.creditNoteId ?? null },
          at: clock.now(),
        })
      })
    },
  }
}

/** With what a person calls the documents. */
function selectSteps(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return tenantLedger(ledger, manufacturerId)
    .selectFrom('outbox_steps')
    .innerJoin('customers', 'customers.id', 'outbox_steps.customer_id')
    .leftJoin('invoices', 'invoices.id', 'outbox_steps.invoice_id')
    .leftJoin('credit_notes', 'credit_notes.id', 'outbox_steps.credit_note_id')
    .selectAll('outbox_steps')
    .select(['customers.name as customer_name', 'invoices.number as invoice_number'])
    .select('credit_notes.number as credit_note_number')
}

async function findStep(
  { ledger }: StripeParts,
  manufacturerId: ManufacturerId,
  stepId: bigint,
): Promise<OutboxStep> {
  const row = await tenantLedger(ledger, manufacturerId)
    .selectFrom('outbox_steps')
    .selectAll('outbox_steps')
    .where('outbox_steps.id', '=', stepId)
    .executeTakeFirst()
  if (row === undefined) {
    throw stripeErrors.stripe_step_not_found('Use the id of a step of one of your own documents.')
  }
  if (row.state !== 'parked') throw notParked(row.state)
  return toOutboxStep(row)
}

function notParked(state: StepState) {
  return stripeErrors.stripe_step_not_parked(
    `Leave it: only a parked step is taken up again, and this one is ${state}.`,
  )
}

type Gone = {
  readonly customer: boolean
  /** A draft that cannot become the invoice any more, and whether it is still there. */
  readonly draft: { readonly id: string; readonly isThere: boolean } | undefined
}

/** What of the ledger's knowledge of Stripe is not true any more. */
async function findGone(clients: StripeClients, { ledger }: StripeParts, step: OutboxStep): Promise<Gone> {
  const { manufacturerId, customerId, invoiceId } = step
  const known = await findStripeCustomerId(ledger, customerId)
  const draftId = invoiceId === undefined ? undefined : await findUnfinalized(ledger, invoiceId)
  if (known === undefined && draftId === undefined) return { customer: false, draft: undefined }
  const stripe = await clients.getClient(manufacturerId)
  return await orUnreachable(async () => {
    const customer = known !== undefined && (await findAtStripe(stripe, known)) === undefined
    const draft = draftId === undefined ? undefined : await findInvoice(stripe, draftId)
    if (draftId === undefined || (draft !== undefined && !customer)) return { customer, draft: undefined }
    return { customer, draft: { id: draftId, isThere: draft !== undefined } }
  })
}

async function findUnfinalized(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
): Promise<string | undefined> {
  const row = await ledger
    .selectFrom('stripe_invoices')
    .leftJoin('stripe_payment_states', 'stripe_payment_states.invoice_id', 'stripe_invoices.invoice_id')
    .select('stripe_invoice_id')
    .where('stripe_invoices.invoice_id', '=', invoiceId)
    .where('stripe_payment_states.invoice_id', 'is', null)
    .executeTakeFirst()
  return row?.stripe_invoice_id
}

async function endParked(
  transaction: Transaction<LedgerTables>,
  { id }: OutboxStep,
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable('outbox_steps')
    .set({ state: 'superseded', done_at: now })
    .where('id', '=', id)
    .where('state', '=', 'parked')
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw notParked('superseded')
}

async function forgetCustomer(
  transaction: Transaction<LedgerTables>,
  { customerId }: OutboxStep,
): Promise<void> {
  await transaction.deleteFrom('stripe_customers').where('customer_id', '=', customerId).execute()
}

async function forgetDraft(
  transaction: Transaction<LedgerTables>,
  step: OutboxStep,
  { id, isThere }: NonNullable<Gone['draft']>,
  now: number,
): Promise<void> {
  await transaction.deleteFrom('stripe_invoices').where('stripe_invoice_id', '=', id).execute()
  if (isThere) await insertSpareDraft(transaction, step, id, now)
}

async function takeUp(transaction: Transaction<LedgerTables>, step: OutboxStep, now: number): Promise<void> {
  const ofCustomer = { ...subjectOf(step), invoiceId: undefined, creditNoteId: undefined }
  // What a side step is about is known by nothing else.
  if (isSideStep(step.step) && step.call !== undefined) {
    const { call, generation } = step
    await insertSteps(
      transaction,
      [{ ...subjectOf(step), step: step.step, generation: generation + 1n, call }],
      now,
    )
  }
  await followCustomer(transaction, ofCustomer, now)
  if (step.invoiceId !== undefined) await followInvoice(transaction, { invoiceId: step.invoiceId, now })
}

type NamedRow = Awaited<ReturnType<ReturnType<typeof selectSteps>['executeTakeFirstOrThrow']>>

function toPushStep(row: NamedRow): PushStep {
  const { id, customerId, invoiceId, creditNoteId, step, generation, attempts } = toOutboxStep(row)
  return {
    id,
    customerId,
    customerName: row.customer_name,
    invoiceId,
    invoiceNumber: row.invoice_number ?? undefined,
    creditNoteId,
    creditNoteNumber: row.credit_note_number ?? undefined,
    step,
    state: row.state,
    generation,
    attempts,
    problem: row.problem ?? undefined,
    problemReason: pushProblems.readReason(row.problem_reason),
    createdAt: row.created_at,
    nextAttemptAt: row.state === 'waiting' ? row.next_attempt_at : undefined,
    doneAt: row.done_at ?? undefined,
  }
}
