/**
 * Deliveries as the sender takes and ends them. An attempt takes a delivery by moving its next attempt ahead; a process that dies leaves
 * it for then, and it is sent again with the same id: at least once, not exactly. An end counts only for the attempt that it belongs
 * to: whoever asked for the delivery again meanwhile gets it again.
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../audit/index.ts'
import { DAY_MS, formatInstant, MINUTE_MS, systemActor, type ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { WebhookAnswer } from './post-webhook.ts'
import { parseRetryAfter, pauseAfter } from './retry-schedule.ts'
import type { SecretColumns } from './signing-secrets.ts'

/** Longer than the time limit of an attempt. */
const ATTEMPT_MS = MINUTE_MS
/** An endpoint of which no attempt has succeeded for so long is switched off. */
const FAILING_DAYS = 5
const GONE = 410
const statusesThatAsk: ReadonlySet<number | undefined> = new Set([429, 503])
const actor = systemActor('webhook_deliver')

export type DueDelivery = SecretColumns & {
  readonly deliveryId: bigint
  readonly eventId: string
  readonly manufacturerId: ManufacturerId
  readonly url: string
  readonly payload: string
  /** With the one that is about to be made. */
  readonly attempts: number
}

export type AttemptEnd = 'delivered' | 'postponed' | 'failed'

/** Of each endpoint that is on and not one of `except` the delivery that has been due for longest. */
export async function findDue(
  ledger: Kysely<LedgerTables>,
  now: number,
  except: readonly string[],
): Promise<readonly DueDelivery[]> {
  const rows = await ledger
    .selectFrom('webhook_endpoints as endpoint')
    .innerJoin('webhook_deliveries as delivery', (join) =>
      join.on('delivery.id', '=', (on) =>
        on
          .selectFrom('webhook_deliveries as due')
          .select('due.id')
          .whereRef('due.endpoint_id', '=', 'endpoint.id')
          .where('due.state', '=', 'waiting')
          .where('due.next_attempt_at', '<=', now)
          .orderBy('due.next_attempt_at')
          .limit(1),
      ),
    )
    .innerJoin('webhook_events as event', 'event.id', 'delivery.event_id')
    .select([
      'endpoint.id',
      'endpoint.manufacturer_id',
      'endpoint.url',
      'endpoint.secret_encrypted',
      'endpoint.previous_secret_encrypted',
      'endpoint.previous_secret_until_at',
      'delivery.id as delivery_id',
      'delivery.attempts',
      'event.id as event_id',
      'event.payload',
    ])
    .where('endpoint.state', '=', 'on')
    .$if(except.length > 0, (query) => query.where('endpoint.id', 'not in', except))
    .execute()
  return rows.map(({ manufacturer_id, delivery_id, event_id, attempts, ...row }) => ({
    ...row,
    deliveryId: delivery_id,
    eventId: event_id,
    manufacturerId: manufacturer_id as ManufacturerId,
    attempts: Number(attempts) + 1,
  }))
}

/** False where another process has taken it meanwhile. */
export async function takeDelivery(
  ledger: Kysely<LedgerTables>,
  { deliveryId, attempts }: DueDelivery,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await ledger
    .updateTable('webhook_deliveries')
    .set({ next_attempt_at: now + ATTEMPT_MS, attempts })
    .where('id', '=', deliveryId)
    .where('state', '=', 'waiting')
    .where('attempts', '=', BigInt(attempts) - 1n)
    .where('next_attempt_at', '<=', now)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

export type EndedAttempt = WebhookAnswer & { readonly startedAt: number; readonly endedAt: number }

/** Notes the attempt, and what follows from it for the delivery and its endpoint. */
export async function endAttempt(
  ledger: Kysely<LedgerTables>,
  due: DueDelivery,
  ended: EndedAttempt,
  jitterByte: number,
): Promise<AttemptEnd> {
  const { status, problem, answer, startedAt, endedAt } = ended
  const { end, change } = judge(due, ended, jitterByte)
  await ledger.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('webhook_attempts')
      .values({
        delivery_id: due.deliveryId,
        attempted_at: startedAt,
        took_ms: Math.max(0, endedAt - startedAt),
        status: status ?? null,
        problem: problem ?? null,
        answer: answer ?? null,
      })
      .execute()
    await transaction
      .updateTable('webhook_deliveries')
      .set({ ...change, last_status: status ?? null, problem: problem ?? null })
      .where('id', '=', due.deliveryId)
      .where('state', '=', 'waiting')
      .where('attempts', '=', BigInt(due.attempts))
      .execute()
    await noteHealth(transaction, due, end, status, endedAt)
  })
  return end
}

function judge(due: DueDelivery, { status, problem, retryAfter, endedAt }: EndedAttempt, jitterByte: number) {
  if (problem === undefined) {
    const change = { state: 'delivered' as const, next_attempt_at: null, ended_at: endedAt }
    return { end: 'delivered' as const, change }
  }
  const askedMs = statusesThatAsk.has(status) ? parseRetryAfter(retryAfter, endedAt) : undefined
  const pauseMs = status === GONE ? undefined : pauseAfter(due.attempts, jitterByte, askedMs)
  return pauseMs === undefined
    ? {
        end: 'failed' as const,
        change: { state: 'failed' as const, next_attempt_at: null, ended_at: endedAt },
      }
    : { end: 'postponed' as const, change: { next_attempt_at: endedAt + pauseMs } }
}

async function noteHealth(
  transaction: Transaction<LedgerTables>,
  due: DueDelivery,
  end: AttemptEnd,
  status: number | undefined,
  now: number,
): Promise<void> {
  const endpoint = await transaction
    .selectFrom('webhook_endpoints')
    .select(['state', 'failing_since_at'])
    .where('id', '=', due.id)
    .executeTakeFirstOrThrow()
  const { failing_since_at: since } = endpoint
  const nowSince = end === 'delivered' ? null : (since ?? now)
  if (nowSince !== since) {
    await transaction
      .updateTable('webhook_endpoints')
      .set({ failing_since_at: nowSince })
      .where('id', '=', due.id)
      .execute()
  }
  if (endpoint.state === 'off' || nowSince === null) return
  if (status === GONE) await switchOff(transaction, due, 'gone', now)
  else if (now - nowSince >= FAILING_DAYS * DAY_MS) await switchOff(transaction, due, 'failing', now)
}

async function switchOff(
  transaction: Transaction<LedgerTables>,
  { id, manufacturerId }: DueDelivery,
  reason: 'gone' | 'failing',
  now: number,
): Promise<void> {
  await transaction
    .updateTable('webhook_endpoints')
    .set({ state: 'off', off_reason: reason, off_at: now })
    .where('id', '=', id)
    .execute()
  await failWaiting(transaction, id, now)
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'webhook_endpoint.switched_off',
    subject: { kind: 'webhook_endpoint', id },
    after: { state: 'off', offReason: reason, offAt: formatInstant(now) },
    at: now,
  })
}

/** What waits for an endpoint that is switched off waits no longer; it can be asked for again. */
export async function failWaiting(
  transaction: Transaction<LedgerTables>,
  endpointId: string,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('webhook_deliveries')
    .set({
      state: 'failed',
      next_attempt_at: null,
      ended_at: now,
      problem: 'The endpoint was switched off before it was delivered.',
    })
    .where('endpoint_id', '=', endpointId)
    .where('state', '=', 'waiting')
    .execute()
}
