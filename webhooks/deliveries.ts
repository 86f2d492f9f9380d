/**
 * Deliveries as the sender takes and ends them. An attempt takes a delivery by moving its next attempt ahead; a process that stops or dies
 * leaves it for then, and it is sent again with the same id: at least once, not exactly. An attempt counts when its end is noted, so the
 * count and the log agree. An end counts only for the attempt that it belongs to: whoever asked for the delivery again meanwhile gets it
 * again.
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../audit/index.ts'
import { DAY_MS, formatInstant, MINUTE_MS, systemActor, type ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { deliveryProblems, problemColumns, type SaidDeliveryProblem } from './delivery-problems.ts'
import type { WebhookAnswer } from './post-webhook.ts'
import { parseRetryAfter, pauseAfter } from './retry-schedule.ts'
import type { SecretColumns } from './signing-secrets.ts'

/** Longer than the time limit of an attempt. */
const ATTEMPT_MS = MINUTE_MS
/** An endpoint of which no attempt has succeeded for so long is switched off. */
const FAILING_DAYS = 5
/** The three days of retries and a day more. What fell due so long ago found nobody to send it. */
const OVERDUE_DAYS = 4
const PIECE = 500
/** Of one delivery; each time that somebody asks for it again there may be ten more. */
export const KEPT_ATTEMPTS = 50
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

export type TakenDelivery = DueDelivery & { readonly takenUntil: number }

export type AttemptEnd = 'delivered' | 'postponed' | 'failed'

/** Of each endpoint that is on and not one of `except`, nor of a manufacturer in it, the delivery that has been due for longest. */
export async function findDue(
  ledger: Kysely<LedgerTables>,
  now: number,
  except: { readonly manufacturers: readonly string[]; readonly endpoints: readonly string[] },
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
    .$if(except.endpoints.length > 0, (query) => query.where('endpoint.id', 'not in', except.endpoints))
    .$if(except.manufacturers.length > 0, (query) =>
      query.where('endpoint.manufacturer_id', 'not in', except.manufacturers),
    )
    .execute()
  return rows.map(({ manufacturer_id, delivery_id, event_id, attempts, ...row }) => ({
    ...row,
    deliveryId: delivery_id,
    eventId: event_id,
    manufacturerId: manufacturer_id as ManufacturerId,
    attempts: Number(attempts) + 1,
  }))
}

/** Undefined where another process has taken it meanwhile. */
export async function takeDelivery(
  ledger: Kysely<LedgerTables>,
  due: DueDelivery,
  now: number,
): Promise<TakenDelivery | undefined> {
  const takenUntil = now + ATTEMPT_MS
  const { numUpdatedRows } = await ledger
    .updateTable('webhook_deliveries')
    .set({ next_attempt_at: takenUntil })
    .where('id', '=', due.deliveryId)
    .where('state', '=', 'waiting')
    .where('attempts', '=', BigInt(due.attempts) - 1n)
    .where('next_attempt_at', '<=', now)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n ? { ...due, takenUntil } : undefined
}

export type EndedAttempt = WebhookAnswer & { readonly startedAt: number; readonly endedAt: number }

/** Notes the attempt, and what follows from it for the delivery and its endpoint. */
export async function endAttempt(
  ledger: Kysely<LedgerTables>,
  due: TakenDelivery,
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
        ...problemColumns(problem),
        answer: answer ?? null,
      })
      .execute()
    await forgetOldAttempts(transaction, due.deliveryId)
    await transaction
      .updateTable('webhook_deliveries')
      .set({ ...change, attempts: due.attempts, last_status: status ?? null, ...problemColumns(problem) })
      .where('id', '=', due.deliveryId)
      .where('state', '=', 'waiting')
      .where('next_attempt_at', '=', due.takenUntil)
      .execute()
    await noteHealth(transaction, due, end, status, endedAt)
  })
  return end
}

async function forgetOldAttempts(transaction: Transaction<LedgerTables>, deliveryId: bigint): Promise<void> {
  await transaction
    .deleteFrom('webhook_attempts')
    .where('delivery_id', '=', deliveryId)
    .where('id', '<=', (old) =>
      old
        .selectFrom('webhook_attempts as attempt')
        .select('attempt.id')
        .where('attempt.delivery_id', '=', deliveryId)
        .orderBy('attempt.id', 'desc')
        .limit(1)
        .offset(KEPT_ATTEMPTS),
    )
    .execute()
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
  else if (end === 'failed') await countAnew(transaction, due.id)
}

/** Where nothing waits any more, nobody knows whether it goes on failing: the next failure is the first one. */
async function countAnew(transaction: Transaction<LedgerTables>, endpointId: string): Promise<void> {
  await transaction
    .updateTable('webhook_endpoints')
    .set({ failing_since_at: null })
    .where('id', '=', endpointId)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('webhook_deliveries as delivery')
            .select('delivery.id')
            .whereRef('delivery.endpoint_id', '=', 'webhook_endpoints.id')
            .where('delivery.state', '=', 'waiting'),
        ),
      ),
    )
    .execute()
}

/** Ends as failed, for this reason, what fell due days ago and was not tried since. Returns how many. */
export async function giveUpOverdue(
  ledger: Kysely<LedgerTables>,
  now: number,
  problem: SaidDeliveryProblem,
): Promise<number> {
  const dueBefore = now - OVERDUE_DAYS * DAY_MS
  let givenUp = 0
  for (;;) {
    const overdue = await ledger
      .selectFrom('webhook_deliveries')
      .select(['id', 'endpoint_id'])
      .where('state', '=', 'waiting')
      .where('next_attempt_at', '<=', dueBefore)
      .limit(PIECE)
      .execute()
    if (overdue.length === 0) return givenUp
    await ledger.transaction().execute(async (transaction) => {
      await transaction
        .updateTable('webhook_deliveries')
        .set({ state: 'failed', next_attempt_at: null, ended_at: now, ...problemColumns(problem) })
        .where(
          'id',
          'in',
          overdue.map(({ id }) => id),
        )
        // Unless somebody asked for it again meanwhile.
        .where('next_attempt_at', '<=', dueBefore)
        .execute()
      for (const id of new Set(overdue.map((each) => each.endpoint_id))) await countAnew(transaction, id)
    })
    givenUp += overdue.length
  }
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
      ...problemColumns(deliveryProblems.say('endpoint_switched_off')),
    })
    .where('endpoint_id', '=', endpointId)
    .where('state', '=', 'waiting')
    .execute()
}
