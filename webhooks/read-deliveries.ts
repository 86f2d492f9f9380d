/** Events and deliveries as a manufacturer sees its own: what happened, where it went, and how each attempt ended. */
import type { Kysely } from 'kysely'
import type { ManufacturerId, WebhookEventId } from '../core/index.ts'
import {
  readSortedPage,
  tenantLedger,
  type LedgerTables,
  type ListSorts,
  type PageRequest,
} from '../db/index.ts'
import { deliveryProblems, type DeliveryReason } from './delivery-problems.ts'
import { getEndpoint } from './endpoint-rows.ts'
import { webhookErrors } from './errors.ts'
import type { AnyEventType } from './event-types.ts'

export type WebhookEvent = {
  readonly id: WebhookEventId
  readonly type: AnyEventType
  /** The id of the invoice, the device or the endpoint that it is about. */
  readonly subjectId: string
  readonly occurredAt: number
  /** JSON, byte for byte what is sent. */
  readonly payload: string
}

export type DeliveryState = 'waiting' | 'delivered' | 'failed'

export type WebhookDelivery = {
  readonly id: number
  readonly eventId: WebhookEventId
  readonly eventType: AnyEventType
  readonly endpointId: string
  readonly state: DeliveryState
  /** Since it was begun or last asked for again. */
  readonly attempts: number
  readonly nextAttemptAt: number | undefined
  readonly lastStatus: number | undefined
  readonly problem: string | undefined
  /** What `problem` says, for whoever says it in another language. */
  readonly problemReason: DeliveryReason | undefined
  readonly createdAt: number
  readonly endedAt: number | undefined
  /** The last ones, oldest first. */
  readonly log: readonly WebhookAttempt[]
}

export type WebhookAttempt = {
  readonly attemptedAt: number
  readonly tookMs: number
  readonly status: number | undefined
  readonly problem: string | undefined
  /** What `problem` says, for whoever says it in another language. */
  readonly problemReason: DeliveryReason | undefined
  /** How the answer began. */
  readonly answer: string | undefined
}

export const webhookEventSorts = {
  id: 'webhook_events.id',
  by: { occurredAt: 'webhook_events.occurred_at' },
  usual: '-occurredAt',
} as const satisfies ListSorts

export const deliverySorts = {
  id: 'webhook_deliveries.id',
  by: { id: 'webhook_deliveries.id' },
  usual: '-id',
} as const satisfies ListSorts

export type WebhookEventQuery = PageRequest<typeof webhookEventSorts> & {
  readonly type?: AnyEventType
  readonly subjectId?: string
  /** Happened in `[from, to)`. */
  readonly from?: number
  readonly to?: number
}

export type DeliveryQuery = PageRequest<typeof deliverySorts> & { readonly state?: DeliveryState }

const eventColumns = [
  'webhook_events.id',
  'webhook_events.type',
  'webhook_events.subject_id',
  'webhook_events.occurred_at',
  'webhook_events.payload',
] as const

export async function listWebhookEvents(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  { type, subjectId, from, to, ...page }: WebhookEventQuery,
) {
  let query = tenantLedger(ledger, manufacturerId).selectFrom('webhook_events').select(eventColumns)
  if (type !== undefined) query = query.where('type', '=', type)
  if (subjectId !== undefined) query = query.where('subject_id', '=', subjectId)
  if (from !== undefined) query = query.where('occurred_at', '>=', from)
  if (to !== undefined) query = query.where('occurred_at', '<', to)
  const { items, nextAfter } = await readSortedPage(query, webhookEventSorts, page)
  return { items: items.map(toEvent), nextAfter }
}

/** With its deliveries. @throws AppError `webhook_event_not_found` */
export async function getWebhookEvent(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  id: string,
): Promise<WebhookEvent & { readonly deliveries: readonly WebhookDelivery[] }> {
  const row = await tenantLedger(ledger, manufacturerId)
    .selectFrom('webhook_events')
    .select(eventColumns)
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw eventNotFound(id)
  const deliveries = await ownDeliveries(ledger, manufacturerId)
    .where('webhook_deliveries.event_id', '=', id)
    .orderBy('webhook_deliveries.id')
    .execute()
  return { ...toEvent(row), deliveries: await withLogs(ledger, manufacturerId, deliveries) }
}

/** The newest first unless asked otherwise. @throws AppError `webhook_endpoint_not_found` */
export async function listDeliveries(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  endpointId: string,
  { state, ...page }: DeliveryQuery,
) {
  await getEndpoint(ledger, manufacturerId, endpointId)
  let query = ownDeliveries(ledger, manufacturerId).where('webhook_deliveries.endpoint_id', '=', endpointId)
  if (state !== undefined) query = query.where('webhook_deliveries.state', '=', state)
  const { items, nextAfter } = await readSortedPage(query, deliverySorts, page)
  return { items: await withLogs(ledger, manufacturerId, items), nextAfter }
}

export function eventNotFound(id: string) {
  return webhookErrors.webhook_event_not_found(
    `Use the id of an event of the last 30 days; "${id}" is not one of yours.`,
  )
}

function ownDeliveries(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return tenantLedger(ledger, manufacturerId)
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_events', 'webhook_events.id', 'webhook_deliveries.event_id')
    .select([
      'webhook_deliveries.id',
      'webhook_deliveries.event_id',
      'webhook_deliveries.endpoint_id',
      'webhook_deliveries.state',
      'webhook_deliveries.attempts',
      'webhook_deliveries.next_attempt_at',
      'webhook_deliveries.last_status',
      'webhook_deliveries.problem',
      'webhook_deliveries.problem_reason',
      'webhook_deliveries.created_at',
      'webhook_deliveries.ended_at',
      'webhook_events.type',
    ])
}

type DeliveryRow = Awaited<ReturnType<ReturnType<typeof ownDeliveries>['execute']>>[number]

async function withLogs(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  rows: readonly DeliveryRow[],
): Promise<readonly WebhookDelivery[]> {
  if (rows.length === 0) return []
  const attempts = await tenantLedger(ledger, manufacturerId)
    .selectFrom('webhook_attempts')
    .selectAll('webhook_attempts')
    .where(
      'webhook_attempts.delivery_id',
      'in',
      rows.map(({ id }) => id),
    )
    .orderBy('webhook_attempts.id')
    .execute()
  const logOf = Map.groupBy(attempts, ({ delivery_id }) => delivery_id)
  return rows.map((row) => ({
    id: Number(row.id),
    eventId: row.event_id as WebhookEventId,
    eventType: row.type as AnyEventType,
    endpointId: row.endpoint_id,
    state: row.state,
    attempts: Number(row.attempts),
    nextAttemptAt: row.next_attempt_at ?? undefined,
    lastStatus: toNumber(row.last_status),
    problem: row.problem ?? undefined,
    problemReason: deliveryProblems.readReason(row.problem_reason),
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    log: (logOf.get(row.id) ?? []).map((attempt) => ({
      attemptedAt: attempt.attempted_at,
      tookMs: Number(attempt.took_ms),
      status: toNumber(attempt.status),
      problem: attempt.problem ?? undefined,
      problemReason: deliveryProblems.readReason(attempt.problem_reason),
      answer: attempt.answer ?? undefined,
    })),
  }))
}

function toNumber(status: bigint | null): number | undefined {
  return status === null ? undefined : Number(status)
}

function toEvent(row: {
  readonly id: string
  readonly type: string
  readonly subject_id: string
  readonly occurred_at: number
  readonly payload: string
}): WebhookEvent {
  return {
    id: row.id as WebhookEventId,
    type: row.type as AnyEventType,
    subjectId: row.subject_id,
    occurredAt: row.occurred_at,
    payload: row.payload,
  }
}
