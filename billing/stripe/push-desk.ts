/**
 * What a manufacturer's people see and do about pushes: the steps of each document, those that are parked, and taking one up again. A
 * parked step is renewed under a new key and prepared anew; where Stripe's customer was deleted, one is made anew first.
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import type { Actor, CreditNoteId, CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
import { findAtStripe, orUnreachable } from './ask-while-waited.ts'
import { stripeErrors } from './errors.ts'
import { followCustomer, followInvoice } from './follow-documents.ts'
import {
  insertSteps,
  isSideStep,
  subjectOf,
  toOutboxStep,
  type OutboxStep,
  type StepName,
  type StepState,
} from './outbox-steps.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripeParts } from './stripe-parts.ts'

export type PushStep = {
  readonly id: bigint
  readonly customerId: CustomerId
  readonly invoiceId: InvoiceId | undefined
  readonly creditNoteId: CreditNoteId | undefined
  readonly step: StepName
  readonly state: StepState
  readonly generation: bigint
  readonly attempts: bigint
  readonly problem: string | undefined
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
      const rows = await own
        .selectFrom('outbox_steps')
        .selectAll('outbox_steps')
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
      const rows = await tenantLedger(ledger, manufacturerId)
        .selectFrom('outbox_steps')
        .selectAll('outbox_steps')
        .where('outbox_steps.state', '=', 'parked')
        .where('outbox_steps.id', '>', after)
        .orderBy('outbox_steps.id')
        .limit(limit)
        .execute()
      return rows.map(toPushStep)
    },

    async retry(manufacturerId, stepId, actor) {
      const step = await findStep(parts, manufacturerId, stepId)
      const isGone = await isCustomerGone(clients, parts, step)
      await ledger.transaction().execute(async (transaction) => {
        await renewParked(transaction, step, clock.now())
        if (isGone) await forgetCustomer(transaction, step, clock.now())
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

async function isCustomerGone(
  clients: StripeClients,
  parts: StripeParts,
  step: OutboxStep,
): Promise<boolean> {
  if (step.step === 'create_customer') return false
  const known = await parts.ledger
    .selectFrom('stripe_customers')
    .select('stripe_customer_id')
    .where('customer_id', '=', step.customerId)
    .executeTakeFirst()
  if (known === undefined) return false
  const stripe = await clients.getClient(step.manufacturerId)
  return await orUnreachable(async () => (await findAtStripe(stripe, known.stripe_customer_id)) === undefined)
}

async function renewParked(
  transaction: Transaction<LedgerTables>,
  step: OutboxStep,
  now: number,
): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable('outbox_steps')
    .set({ state: 'superseded', done_at: now })
    .where('id', '=', step.id)
    .where('state', '=', 'parked')
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw notParked('superseded')
  const generation = step.generation + 1n
  const call = isSideStep(step.step) && step.call !== undefined ? { call: step.call } : {}
  await insertSteps(transaction, [{ ...subjectOf(step), step: step.step, generation, ...call }], now)
}

/** The next document finds no customer and makes one; a draft of the old one is not used any more. */
async function forgetCustomer(
  transaction: Transaction<LedgerTables>,
  step: OutboxStep,
  now: number,
): Promise<void> {
  await transaction.deleteFrom('stripe_customers').where('customer_id', '=', step.customerId).execute()
  await followCustomer(
    transaction,
    { ...subjectOf(step), invoiceId: undefined, creditNoteId: undefined },
    now,
  )
  if (step.invoiceId !== undefined) await followInvoice(transaction, { invoiceId: step.invoiceId, now })
}

function toPushStep(row: Parameters<typeof toOutboxStep>[0]): PushStep {
  const { id, customerId, invoiceId, creditNoteId, step, generation, attempts } = toOutboxStep(row)
  return {
    id,
    customerId,
    invoiceId,
    creditNoteId,
    step,
    state: row.state,
    generation,
    attempts,
    problem: row.problem ?? undefined,
    createdAt: row.created_at,
    nextAttemptAt: row.state === 'waiting' ? row.next_attempt_at : undefined,
    doneAt: row.done_at ?? undefined,
  }
}
