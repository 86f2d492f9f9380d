/**
 * The rows of the outbox: each one prepared exchange with Stripe, in the chain of a customer, an invoice or a credit note.
 *
 * Key, API version and exact parameters are written before a step's first call and never rebuilt under the same key. In a chain
 * one step waits at most, which a unique index holds. What follows is decided in the transaction that ends a step, so an id that
 * Stripe gave is stored before any call uses it.
 */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { CreditNoteId, CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import { answersTogether } from './gather-pause.ts'
import type { SaidPushProblem } from './push-problems.ts'
import { STRIPE_API_VERSION } from './stripe-client.ts'

export type StepName = LedgerTables['outbox_steps']['step']
export type StepState = LedgerTables['outbox_steps']['state']

export const customerSteps = ['create_customer', 'update_customer', 'set_payment_method'] as const
export type CustomerStepName = (typeof customerSteps)[number]

/** Steps beside the chain: nothing waits for them, and several may wait. */
export function isSideStep(step: StepName): boolean {
  return step === 'delete_spare_draft' || step === 'set_payment_method'
}

/** Whose chain a step is in. */
export type StepSubject = {
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId
  /** Undefined of a step about the customer itself. */
  readonly invoiceId: InvoiceId | undefined
  readonly creditNoteId: CreditNoteId | undefined
}

/** What is sent, as JSON: the id in the path, if there is one, and the body. */
export type StoredCall = {
  readonly id?: string
  readonly body: object
  /** Of what the customer is told, for whoever records that it was. */
  readonly hash?: string
}

export type OutboxStep = StepSubject & {
  readonly id: bigint
  readonly step: StepName
  readonly generation: bigint
  readonly idempotencyKey: string
  readonly apiVersion: string
  /** Undefined before the first call, unless whoever wrote the step knew it. */
  readonly call: StoredCall | undefined
  /** Requests that may have been sent. */
  readonly attempts: bigint
  readonly postponements: bigint
  readonly firstAttemptAt: number | undefined
}

type StepRow = Selectable<LedgerTables['outbox_steps']>

export function toOutboxStep(row: StepRow): OutboxStep {
  return {
    id: row.id,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    customerId: row.customer_id as CustomerId,
    invoiceId: (row.invoice_id ?? undefined) as InvoiceId | undefined,
    creditNoteId: (row.credit_note_id ?? undefined) as CreditNoteId | undefined,
    step: row.step,
    generation: row.generation,
    idempotencyKey: row.idempotency_key,
    apiVersion: row.api_version,
    call: row.parameters === null ? undefined : (JSON.parse(row.parameters) as StoredCall),
    attempts: row.attempts,
    postponements: row.postponements,
    firstAttemptAt: row.first_attempt_at ?? undefined,
  }
}

export function subjectIdOf({ creditNoteId, invoiceId, customerId }: StepSubject): string {
  return creditNoteId ?? invoiceId ?? customerId
}

export type NewStep = StepSubject & {
  readonly step: StepName
  readonly generation: bigint
  /** Only where it is known already. */
  readonly call?: StoredCall
  readonly nextAttemptAt?: number
}

export async function insertSteps(
  transaction: Transaction<LedgerTables>,
  steps: readonly NewStep[],
  now: number,
): Promise<void> {
  if (steps.length === 0) return
  await transaction
    .insertInto('outbox_steps')
    .values(
      steps.map((step) => ({
        manufacturer_id: step.manufacturerId,
        customer_id: step.customerId,
        invoice_id: step.invoiceId ?? null,
        credit_note_id: step.creditNoteId ?? null,
        step: step.step,
        generation: step.generation,
        idempotency_key: `usance:${step.manufacturerId}:${subjectIdOf(step)}:${step.step}:${step.generation}`,
        api_version: STRIPE_API_VERSION,
        parameters: step.call === undefined ? null : JSON.stringify(step.call),
        state: 'waiting' as const,
        first_attempt_at: null,
        next_attempt_at: step.nextAttemptAt ?? now,
        problem: null,
        created_at: now,
        done_at: null,
      })),
    )
    .execute()
}

/** What was in the way, as a step keeps it: the sentence, and what a page needs to say it in another language. */
export function problemColumns({ sentence, reason }: SaidPushProblem) {
  return { problem: sentence, problem_reason: JSON.stringify(reason) }
}

/** Ends a waiting step. False when somebody else has ended it. */
export async function closeStep(
  ledger: Kysely<LedgerTables>,
  id: bigint,
  change: {
    readonly state: 'done' | 'superseded' | 'parked'
    readonly done_at?: number
    readonly problem?: string
    readonly problem_reason?: string
  },
): Promise<boolean> {
  const { numUpdatedRows } = await ledger
    .updateTable('outbox_steps')
    .set(change)
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Says it once more under a new key, prepared anew, after it is known that the old key did nothing. */
export async function renewStep(
  ledger: Kysely<LedgerTables>,
  step: OutboxStep,
  now: number,
  nextAttemptAt: number,
): Promise<void> {
  await ledger.transaction().execute(async (transaction) => {
    if (!(await closeStep(transaction, step.id, { state: 'superseded', done_at: now }))) return
    await insertSteps(
      transaction,
      [
        {
          ...subjectOf(step),
          step: step.step,
          generation: step.generation + 1n,
          nextAttemptAt,
          // What a side step is about is known by nothing else.
          ...(isSideStep(step.step) && step.call !== undefined && { call: step.call }),
        },
      ],
      now,
    )
  })
}

export function subjectOf({ manufacturerId, customerId, invoiceId, creditNoteId }: StepSubject): StepSubject {
  return { manufacturerId, customerId, invoiceId, creditNoteId }
}

type Attempt = { readonly step: OutboxStep; readonly call: StoredCall; readonly now: number }

/**
 * Committed before the call: after a crash it is known that the call may have been made, and with what. The answer is what is
 * stored, which is another's where two began at once; undefined when the step was ended meanwhile.
 */
export const beginAttempt = gatherCalls(
  async (
    ledger: Kysely<LedgerTables>,
    attempts: readonly Attempt[],
  ): Promise<readonly (StoredCall | undefined)[]> => {
    const calls = JSON.stringify(
      attempts.map(({ step, call }) => ({ id: Number(step.id), call: JSON.stringify(call) })),
    )
    const [{ now } = { now: 0 }] = attempts
    const rows = await ledger
      .updateTable('outbox_steps')
      .set((set) => ({
        attempts: set('attempts', '+', 1n),
        first_attempt_at: set.fn.coalesce('first_attempt_at', set.val(now)),
        parameters: sql<string>`coalesce(parameters, (
          SELECT value ->> '$.call' FROM json_each(${calls}) WHERE value ->> '$.id' = outbox_steps.id
        ))`,
      }))
      .where(
        'id',
        'in',
        attempts.map(({ step }) => step.id),
      )
      .where('state', '=', 'waiting')
      .returning(['id', 'parameters'])
      .execute()
    const stored = new Map(
      rows.map(({ id, parameters }) => [id, JSON.parse(String(parameters)) as StoredCall]),
    )
    return attempts.map(({ step }) => stored.get(step.id))
  },
  answersTogether,
)

export async function postponeStep(
  ledger: Kysely<LedgerTables>,
  id: bigint,
  nextAttemptAt: number,
  problem: SaidPushProblem,
): Promise<void> {
  await ledger
    .updateTable('outbox_steps')
    .set((set) => ({
      next_attempt_at: nextAttemptAt,
      ...problemColumns(problem),
      postponements: set('postponements', '+', 1n),
    }))
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .execute()
}
