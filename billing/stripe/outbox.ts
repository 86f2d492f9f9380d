/**
 * The prepared exchanges with Stripe. A step's idempotency key, API version and exact parameters are written before
 * its first call and never rebuilt; the next step is written in the transaction that records the previous answer, so
 * an id that Stripe gave is stored before any call uses it.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { assertInvariant, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import {
  customerParameters,
  findDocumentProblem,
  invoiceParameters,
  linesParameters,
  readPushDocument,
  type PushDocument,
} from './push-document.ts'
import { STRIPE_API_VERSION } from './stripe-client.ts'

export type StepName = LedgerTables['outbox_steps']['step']

/** What `parameters` holds as JSON: the invoice in the path, if there is one, and the body. */
type StoredCall = { readonly stripeInvoiceId?: string; readonly body: object }

export type OutboxStep = {
  readonly id: bigint
  readonly invoiceId: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly step: StepName
  readonly generation: bigint
  readonly idempotencyKey: string
  readonly apiVersion: string
  readonly call: StoredCall
  readonly attempts: bigint
  readonly firstAttemptAt: number | undefined
}

/**
 * Prepares the push of an invoice that this transaction issues. A document that Stripe can never take is parked at
 * once with the reason; it does not stop the issuing.
 * @throws InvariantError unless the invoice is issued
 */
export async function enqueueInvoicePush(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  now: number,
): Promise<void> {
  const document = await readPushDocument(transaction, invoiceId)
  const stripeCustomerId = await findStripeCustomerId(transaction, document.customer.id)
  const first: PreparedStep =
    stripeCustomerId === undefined ? prepareCustomer(document) : prepareInvoice(document, stripeCustomerId)
  await insertStep(transaction, document, first, now, { problem: findDocumentProblem(document) })
}

export type PreparedStep = { readonly step: StepName; readonly call: StoredCall }

function prepareCustomer(document: PushDocument): PreparedStep {
  return { step: 'create_customer', call: { body: customerParameters(document) } }
}

export function prepareInvoice(document: PushDocument, stripeCustomerId: string): PreparedStep {
  return { step: 'create_invoice', call: { body: invoiceParameters(document, stripeCustomerId) } }
}

/** Stripe refuses an empty list of lines, so an invoice without lines is finalized as it is. */
export function prepareLines(
  document: PushDocument,
  stripeInvoiceId: string,
  isPaidOutside: boolean,
): PreparedStep {
  if (document.lines.length === 0) return prepareFinalization(stripeInvoiceId, isPaidOutside)
  return { step: 'add_lines', call: { stripeInvoiceId, body: linesParameters(document) } }
}

export function prepareFinalization(stripeInvoiceId: string, isPaidOutside = false): PreparedStep {
  return { step: 'finalize_invoice', call: { stripeInvoiceId, body: { auto_advance: !isPaidOutside } } }
}

export function preparePayment(stripeInvoiceId: string): PreparedStep {
  return { step: 'pay_out_of_band', call: { stripeInvoiceId, body: { paid_out_of_band: true } } }
}

export async function insertStep(
  transaction: Transaction<LedgerTables>,
  { manufacturerId, invoiceId }: Pick<PushDocument, 'manufacturerId' | 'invoiceId'>,
  { step, call }: PreparedStep,
  now: number,
  { generation = 1n, problem }: { readonly generation?: bigint; readonly problem?: string | undefined } = {},
): Promise<void> {
  await transaction
    .insertInto('outbox_steps')
    .values({
      invoice_id: invoiceId,
      step,
      generation,
      idempotency_key: idempotencyKey(manufacturerId, invoiceId, step, generation),
      api_version: STRIPE_API_VERSION,
      parameters: JSON.stringify(call),
      state: problem === undefined ? 'waiting' : 'parked',
      problem: problem ?? null,
      first_attempt_at: null,
      next_attempt_at: now,
      created_at: now,
      done_at: null,
    })
    .execute()
}

/** Says the same thing once more under a new key, after it is known that the old key did nothing. */
export async function renewStep(
  ledger: Kysely<LedgerTables>,
  step: OutboxStep,
  now: number,
  nextAttemptAt: number,
) {
  await ledger.transaction().execute(async (transaction) => {
    if (!(await closeStep(transaction, step.id, { state: 'superseded', done_at: now }))) return
    const generation = step.generation + 1n
    await transaction
      .insertInto('outbox_steps')
      .values({
        invoice_id: step.invoiceId,
        step: step.step,
        generation,
        idempotency_key: idempotencyKey(step.manufacturerId, step.invoiceId, step.step, generation),
        api_version: step.apiVersion,
        parameters: JSON.stringify(step.call),
        state: 'waiting',
        problem: null,
        first_attempt_at: null,
        next_attempt_at: nextAttemptAt,
        created_at: now,
        done_at: null,
      })
      .execute()
  })
}

/** Ends a waiting step. False when somebody else has ended it. */
export async function closeStep(
  ledger: Kysely<LedgerTables>,
  id: bigint,
  change: {
    readonly state: 'done' | 'superseded' | 'parked'
    readonly done_at?: number
    readonly problem?: string
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

/**
 * The step that has been due longest. Of several invoices of one customer only the oldest creates the customer at
 * Stripe; the others wait for it.
 */
export async function findDueStep(
  ledger: Kysely<LedgerTables>,
  now: number,
  setAside: ReadonlySet<ManufacturerId>,
): Promise<OutboxStep | undefined> {
  let query = ledger
    .selectFrom('outbox_steps as step')
    .innerJoin('invoices', 'invoices.id', 'step.invoice_id')
    .selectAll('step')
    .select('invoices.manufacturer_id')
    .where('step.state', '=', 'waiting')
    .where('step.next_attempt_at', '<=', now)
    .where((eb) =>
      eb.or([
        eb('step.step', '<>', 'create_customer'),
        eb.not(
          eb.exists(
            eb
              .selectFrom('outbox_steps as earlier')
              .innerJoin('invoices as other', 'other.id', 'earlier.invoice_id')
              .select('earlier.id')
              .where('earlier.step', '=', 'create_customer')
              .where('earlier.state', '=', 'waiting')
              .whereRef('earlier.id', '<', 'step.id')
              .whereRef('other.customer_id', '=', 'invoices.customer_id'),
          ),
        ),
      ]),
    )
  if (setAside.size > 0) query = query.where('invoices.manufacturer_id', 'not in', [...setAside])
  const row = await query.orderBy('step.next_attempt_at').orderBy('step.id').limit(1).executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    invoiceId: row.invoice_id as InvoiceId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    step: row.step,
    generation: row.generation,
    idempotencyKey: row.idempotency_key,
    apiVersion: row.api_version,
    call: JSON.parse(row.parameters) as StoredCall,
    attempts: row.attempts,
    firstAttemptAt: row.first_attempt_at ?? undefined,
  }
}

/** Committed before the call: after a crash it is known that the call may have been made. False when the step was ended meanwhile. */
export async function markAttempt(
  ledger: Kysely<LedgerTables>,
  step: OutboxStep,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await ledger
    .updateTable('outbox_steps')
    .set({ attempts: step.attempts + 1n, first_attempt_at: step.firstAttemptAt ?? now })
    .where('id', '=', step.id)
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function postponeStep(
  ledger: Kysely<LedgerTables>,
  id: bigint,
  nextAttemptAt: number,
  problem: string,
): Promise<void> {
  await ledger
    .updateTable('outbox_steps')
    .set({ next_attempt_at: nextAttemptAt, problem })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .execute()
}

export async function findStripeCustomerId(
  ledger: Kysely<LedgerTables>,
  customerId: string,
): Promise<string | undefined> {
  const row = await ledger
    .selectFrom('stripe_customers')
    .select('stripe_customer_id')
    .where('customer_id', '=', customerId)
    .executeTakeFirst()
  return row?.stripe_customer_id
}

export async function findStripeInvoiceId(ledger: Kysely<LedgerTables>, invoiceId: string): Promise<string> {
  const row = await ledger
    .selectFrom('stripe_invoices')
    .select('stripe_invoice_id')
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst()
  assertInvariant(row !== undefined, `Invoice ${invoiceId} has no Stripe id after its push.`)
  return row.stripe_invoice_id
}

/** True when a draft may have been made more than once: the first call for it had no clear answer. */
export async function mayHaveSpareDrafts(
  ledger: Kysely<LedgerTables>,
  invoiceId: InvoiceId,
): Promise<boolean> {
  const row = await ledger
    .selectFrom('outbox_steps')
    .select('id')
    .where('invoice_id', '=', invoiceId)
    .where('step', '=', 'create_invoice')
    .where((eb) => eb.or([eb('attempts', '>', 1n), eb('generation', '>', 1n)]))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function readWaiting(
  ledger: Kysely<LedgerTables>,
): Promise<{ readonly waiting: number; readonly nextAttemptAt: number | undefined }> {
  const row = await ledger
    .selectFrom('outbox_steps')
    .select([
      sql<bigint>`count(*)`.as('waiting'),
      sql<number | null>`min(next_attempt_at)`.as('next_attempt_at'),
    ])
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return { waiting: Number(row.waiting), nextAttemptAt: row.next_attempt_at ?? undefined }
}

/** At most 255 characters, and nothing in it is secret or about a person. */
function idempotencyKey(
  manufacturerId: ManufacturerId,
  invoiceId: InvoiceId,
  step: StepName,
  generation: bigint,
): string {
  return `usance:${manufacturerId}:${invoiceId}:${step}:${generation}`
}
