/**
 * Notes what happened, in the transaction of what happened, and a delivery for each endpoint that is on and wants the type: both are
 * there if and only if the cause is. A manufacturer without endpoints has nobody to tell, so nothing is noted for it.
 */
import type { Transaction } from 'kysely'
import { formatInstant, generateId, type ManufacturerId, type RandomBytes } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { AnyEventType, EventData } from './event-types.ts'

export type NewEvent = {
  readonly [Type in AnyEventType]: {
    readonly type: Type
    readonly manufacturerId: ManufacturerId
    readonly subjectId: string
    readonly occurredAt: number
    readonly data: EventData<Type>
    /** The place in another database that it is copied from; one of each is noted. */
    readonly source?: string
  }
}[AnyEventType]

/** Returns how many were noted. */
export async function noteEvents(
  transaction: Transaction<LedgerTables>,
  randomBytes: RandomBytes,
  events: readonly NewEvent[],
  now: number,
): Promise<number> {
  if (events.length === 0) return 0
  const endpoints = await transaction
    .selectFrom('webhook_endpoints')
    .select(['id', 'manufacturer_id', 'event_types', 'state'])
    .where('manufacturer_id', 'in', [...new Set(events.map(({ manufacturerId }) => manufacturerId))])
    .where((where) => where.or([where('off_reason', 'is', null), where('off_reason', '<>', 'removed')]))
    .execute()
  const listeners = Map.groupBy(endpoints, (endpoint) => endpoint.manufacturer_id)
  const heard = events.filter(({ manufacturerId }) => listeners.has(manufacturerId))
  if (heard.length === 0) return 0
  const noted = await transaction
    .insertInto('webhook_events')
    .values(heard.map((event) => toRow(event, randomBytes)))
    .onConflict((conflict) => conflict.column('source').doNothing())
    .returning(['id', 'manufacturer_id', 'type'])
    .execute()
  const deliveries = noted.flatMap((event) =>
    (listeners.get(event.manufacturer_id) ?? [])
      .filter(({ state, event_types }) => state === 'on' && wants(event_types, event.type))
      .map(({ id }) => ({ event_id: event.id, endpoint_id: id, next_attempt_at: now, created_at: now })),
  )
  if (deliveries.length > 0) {
    await transaction.insertInto('webhook_deliveries').values(deliveries.map(withoutEnd)).execute()
  }
  return noted.length
}

/** For one endpoint, whatever it chose and whatever the others did. Returns the event's id. */
export async function noteTest(
  transaction: Transaction<LedgerTables>,
  randomBytes: RandomBytes,
  endpoint: { readonly id: string; readonly manufacturerId: ManufacturerId },
  now: number,
): Promise<string> {
  const row = toRow(
    {
      type: 'webhook.test',
      manufacturerId: endpoint.manufacturerId,
      subjectId: endpoint.id,
      occurredAt: now,
      data: { endpointId: endpoint.id, message: 'Somebody asked for this test; nothing happened.' },
    },
    randomBytes,
  )
  await transaction.insertInto('webhook_events').values(row).execute()
  await transaction
    .insertInto('webhook_deliveries')
    .values(withoutEnd({ event_id: row.id, endpoint_id: endpoint.id, next_attempt_at: now, created_at: now }))
    .execute()
  return row.id
}

/** @param chosen an endpoint's JSON list, null for every type */
export function wants(chosen: string | null, type: string): boolean {
  return chosen === null || (JSON.parse(chosen) as readonly string[]).includes(type)
}

export function withoutEnd<Row extends object>(row: Row) {
  return { ...row, problem: null, problem_reason: null, ended_at: null }
}

function toRow(event: NewEvent, randomBytes: RandomBytes) {
  const { type, manufacturerId, subjectId, occurredAt, data, source } = event
  return {
    id: generateId('webhook_event', randomBytes),
    manufacturer_id: manufacturerId,
    type,
    subject_id: subjectId,
    occurred_at: occurredAt,
    payload: JSON.stringify({ type, timestamp: formatInstant(occurredAt), data }),
    source: source ?? null,
  }
}
