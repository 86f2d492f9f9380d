/**
 * Records Stripe's answers to steps together with what follows from them, in one transaction for all that came in one turn. Stripe's ids
 * are adopted by compare-and-set: the first one stays, and every later step uses the adopted one; a draft that was made besides is
 * deleted by a step of its own.
 */
import type { Kysely, Transaction } from 'kysely'
import { assertInvariant, MINUTE_MS, type InvoiceId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import { followInvoice } from './follow-documents.ts'
import { answersTogether } from './gather-pause.ts'
import {
  closeStep,
  insertSteps,
  problemColumns,
  subjectIdOf,
  subjectOf,
  type OutboxStep,
  type StoredCall,
} from './outbox-steps.ts'
import { notePaymentStates, noteRefunds } from './payment-states.ts'
import type { SaidPushProblem } from './push-problems.ts'
import type { Outcome } from './step-context.ts'

type Answer = {
  readonly step: OutboxStep
  readonly call: StoredCall | undefined
  readonly outcome: Outcome
  readonly now: number
}

/** Does nothing for a step that somebody else has ended. */
export const recordStep = gatherCalls(async (ledger: Kysely<LedgerTables>, answers: readonly Answer[]) => {
  await ledger.transaction().execute(async (transaction) => {
    const ended = await endAll(transaction, answers)
    const drafts = ended.filter(({ step }) => step.step === 'create_invoice')
    await adoptInvoices(transaction, drafts)
    await notePaymentStates(
      transaction,
      ended.flatMap(({ step, outcome: { invoice }, now }) =>
        invoice === undefined ? [] : [{ invoiceId: invoiceIdOf(step), invoice, now }],
      ),
    )
    for (const answer of ended) await recordAnswer(transaction, answer)
    await followAll(transaction, answers)
  })
  return answers.map(() => undefined)
}, answersTogether)

/** Gives a step up until a person takes it up again, and asks what is wanted meanwhile. */
export async function recordParked(
  ledger: Kysely<LedgerTables>,
  { step, problem, now }: Pick<Answer, 'step' | 'now'> & { readonly problem: SaidPushProblem },
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    await closeStep(transaction, step.id, { state: 'parked', ...problemColumns(problem) })
    await followAll(transaction, [{ step, now }])
  })
}

const OVERTAKEN_PAUSE_MS = 15 * MINUTE_MS

type OvertakenStep = Pick<Answer, 'step' | 'now'> & { readonly invoice: Outcome['invoice'] }

/** Ends a step that is not wanted any more, notes what Stripe said, and asks what is wanted instead. */
export async function recordOvertaken(
  ledger: Kysely<LedgerTables>,
  { step, invoice, now }: OvertakenStep,
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    if (!(await closeStep(transaction, step.id, { state: 'superseded', done_at: now }))) return
    if (invoice !== undefined && step.invoiceId !== undefined) {
      await notePaymentStates(transaction, [{ invoiceId: step.invoiceId, invoice, now }])
    }
    await followAll(transaction, [{ step, now }])
    // Whatever is wanted all the same is not asked for again at once.
    await transaction
      .updateTable('outbox_steps')
      .set({ next_attempt_at: now + OVERTAKEN_PAUSE_MS })
      .where('subject_id', '=', subjectIdOf(step))
      .where('step', '=', step.step)
      .where('state', '=', 'waiting')
      .execute()
  })
}

async function followAll(
  transaction: Transaction<LedgerTables>,
  answers: readonly Pick<Answer, 'step' | 'now'>[],
): Promise<void> {
  await Promise.all(
    answers.map(async ({ step: { invoiceId }, now }) => {
      if (invoiceId !== undefined) await followInvoice(transaction, { invoiceId, now })
    }),
  )
}

/** Those that nobody else has ended. */
async function endAll(
  transaction: Transaction<LedgerTables>,
  answers: readonly Answer[],
): Promise<readonly Answer[]> {
  const [{ now } = { now: 0 }] = answers
  const rows = await transaction
    .updateTable('outbox_steps')
    .set({ state: 'done', done_at: now })
    .where(
      'id',
      'in',
      answers.map(({ step }) => step.id),
    )
    .where('state', '=', 'waiting')
    .returning('id')
    .execute()
  const ended = new Set(rows.map(({ id }) => id))
  // The same step is answered once, whoever asked twice.
  return answers.filter(({ step }) => ended.delete(step.id))
}

/** What is of the step alone. */
async function recordAnswer(
  transaction: Transaction<LedgerTables>,
  { step, call, outcome, now }: Answer,
): Promise<void> {
  const { stripeId, spareDrafts = [], refunded = [] } = outcome
  switch (step.step) {
    case 'create_customer':
      return await adoptCustomer(transaction, step.customerId, stripeId, call?.hash, now)
    case 'update_customer':
      return await noteDetails(transaction, step.customerId, call?.hash)
    case 'create_credit_note':
      await adoptCreditNote(transaction, String(step.creditNoteId), stripeId, now)
      break
    case 'report_payment':
      await adoptPaymentRecord(transaction, outcome, now)
      break
    default:
  }
  if (refunded.length > 0) await noteRefunds(transaction, invoiceIdOf(step), refunded, now)
  for (const id of spareDrafts) await insertSpareDraft(transaction, step, id, now)
}

function invoiceIdOf({ invoiceId, step }: OutboxStep): InvoiceId {
  assertInvariant(invoiceId !== undefined, `The step ${step} is about an invoice.`)
  return invoiceId
}

/** Once for each draft. */
export async function insertSpareDraft(
  transaction: Transaction<LedgerTables>,
  subject: Pick<OutboxStep, 'manufacturerId' | 'customerId' | 'invoiceId'>,
  stripeId: string,
  now: number,
): Promise<boolean> {
  const known = await transaction
    .selectFrom('outbox_steps')
    .select(['generation', 'parameters'])
    .where('subject_id', '=', String(subject.invoiceId))
    .where('step', '=', 'delete_spare_draft')
    .orderBy('generation', 'desc')
    .execute()
  const call = { id: stripeId, body: {} }
  if (known.some(({ parameters }) => parameters === JSON.stringify(call))) return false
  const generation = (known[0]?.generation ?? 0n) + 1n
  const own = { ...subjectOf({ ...subject, creditNoteId: undefined }), step: 'delete_spare_draft' as const }
  await insertSteps(transaction, [{ ...own, generation, call }], now)
  return true
}

async function adoptCustomer(
  transaction: Transaction<LedgerTables>,
  customerId: string,
  stripeId: string,
  hash: string | undefined,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('stripe_customers')
    .values({
      customer_id: customerId,
      stripe_customer_id: stripeId,
      adopted_at: now,
      details_hash: hash ?? null,
    })
    .onConflict((conflict) => conflict.column('customer_id').doNothing())
    .execute()
}

async function noteDetails(
  transaction: Transaction<LedgerTables>,
  customerId: string,
  hash: string | undefined,
): Promise<void> {
  await transaction
    .updateTable('stripe_customers')
    .set({ details_hash: hash ?? null })
    .where('customer_id', '=', customerId)
    .execute()
}

async function adoptInvoices(
  transaction: Transaction<LedgerTables>,
  answers: readonly Answer[],
): Promise<void> {
  if (answers.length === 0) return
  await transaction
    .insertInto('stripe_invoices')
    .values(
      answers.map(({ step, outcome, now }) => ({
        invoice_id: invoiceIdOf(step),
        stripe_invoice_id: outcome.stripeId,
        adopted_at: now,
      })),
    )
    .onConflict((conflict) => conflict.column('invoice_id').doNothing())
    .execute()
}

async function adoptPaymentRecord(
  transaction: Transaction<LedgerTables>,
  { paymentId, stripeId }: Outcome,
  now: number,
): Promise<void> {
  assertInvariant(paymentId !== undefined, 'A record at Stripe is of one of our payments.')
  await transaction
    .insertInto('stripe_payment_records')
    .values({ payment_id: paymentId, stripe_payment_record_id: stripeId, adopted_at: now })
    .onConflict((conflict) => conflict.column('payment_id').doNothing())
    .execute()
}

async function adoptCreditNote(
  transaction: Transaction<LedgerTables>,
  creditNoteId: string,
  stripeId: string,
  now: number,
): Promise<void> {
  await transaction
    .insertInto('stripe_credit_notes')
    .values({ credit_note_id: creditNoteId, stripe_credit_note_id: stripeId, adopted_at: now })
    .onConflict((conflict) => conflict.column('credit_note_id').doNothing())
    .execute()
}
