/**
 * Asking for events again: one event, or all that an endpoint missed since an instant. What was delivered is sent again only if somebody asks
 * for that very event; it carries the same id and the same bytes, so a receiver can tell.
 */
import { sql, type Transaction } from 'kysely'
import { recordChange } from '../audit/index.ts'
import { formatInstant, type ManufacturerId } from '../core/index.ts'
import { tenantLedger, type LedgerTables } from '../db/index.ts'
import { assertOn } from './change-endpoints.ts'
import { getEndpoint, ownEndpoints } from './endpoint-rows.ts'
import { eventTypes } from './event-types.ts'
import { wants, withoutEnd } from './note-events.ts'
import { eventNotFound } from './read-deliveries.ts'
import type { ChangingContext } from './webhooks-context.ts'

/** In one call; whoever missed more asks again. */
const REPLAYED_AT_ONCE = 1_000

export type Replays = {
  /**
   * To that endpoint, else to each that is on and wants the type. Returns to how many.
   * @throws AppError `webhook_event_not_found`, `webhook_endpoint_not_found`, `webhook_endpoint_off`
   */
  replayEvent(manufacturerId: ManufacturerId, eventId: string, endpointId?: string): Promise<number>
  /**
   * Of the types that the endpoint wants, what failed or was never begun for it, oldest first, at most 1,000. Returns how many.
   * @throws AppError `webhook_endpoint_not_found`, `webhook_endpoint_off`
   */
  replayMissed(manufacturerId: ManufacturerId, endpointId: string, since: number): Promise<number>
}

export function replays({ ledger, clock, actor }: ChangingContext): Replays {
  return {
    async replayEvent(manufacturerId, eventId, endpointId) {
      return await ledger.transaction().execute(async (transaction) => {
        const event = await tenantLedger(transaction, manufacturerId)
          .selectFrom('webhook_events')
          .select(['type', 'subject_id'])
          .where('id', '=', eventId)
          .executeTakeFirst()
        if (event === undefined) throw eventNotFound(eventId)
        // A test is about one endpoint only.
        const wanted = event.type === 'webhook.test' ? event.subject_id : endpointId
        const endpoints =
          wanted === undefined ? await findListeners(transaction, manufacturerId, event.type) : [wanted]
        if (wanted !== undefined) assertOn(await getEndpoint(transaction, manufacturerId, wanted))
        await begin(
          transaction,
          endpoints.map((id) => ({ eventId, endpointId: id })),
        )
        const subject = { kind: 'webhook_event', id: eventId }
        const after = { endpointIds: [...endpoints] }
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'webhook_event.replayed',
          subject,
          after,
          at: clock.now(),
        })
        return endpoints.length
      })
    },

    async replayMissed(manufacturerId, endpointId, since) {
      return await ledger.transaction().execute(async (transaction) => {
        const endpoint = await getEndpoint(transaction, manufacturerId, endpointId)
        assertOn(endpoint)
        const missed = await transaction
          .selectFrom('webhook_events as event')
          .leftJoin('webhook_deliveries as delivery', (join) =>
            join.onRef('delivery.event_id', '=', 'event.id').on('delivery.endpoint_id', '=', endpointId),
          )
          .select('event.id')
          .where('event.manufacturer_id', '=', manufacturerId)
          .where('event.occurred_at', '>=', since)
          .where('event.type', 'in', endpoint.eventTypes ?? eventTypes)
          .where((where) =>
            where.or([where('delivery.id', 'is', null), where('delivery.state', '=', 'failed')]),
          )
          .orderBy('event.occurred_at')
          .orderBy('event.id')
          .limit(REPLAYED_AT_ONCE)
          .execute()
        await begin(
          transaction,
          missed.map(({ id }) => ({ eventId: id, endpointId })),
        )
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'webhook_endpoint.replayed',
          subject: { kind: 'webhook_endpoint', id: endpointId },
          after: { since: formatInstant(since), events: missed.length },
          at: clock.now(),
        })
        return missed.length
      })
    },
  }

  async function begin(
    transaction: Transaction<LedgerTables>,
    wanted: readonly { readonly eventId: string; readonly endpointId: string }[],
  ): Promise<void> {
    if (wanted.length === 0) return
    const now = clock.now()
    await transaction
      .insertInto('webhook_deliveries')
      .values(
        wanted.map(({ eventId, endpointId }) =>
          withoutEnd({ event_id: eventId, endpoint_id: endpointId, next_attempt_at: now, created_at: now }),
        ),
      )
      .onConflict((conflict) =>
        conflict.columns(['event_id', 'endpoint_id']).doUpdateSet({
          state: 'waiting',
          attempts: sql<bigint>`0`,
          next_attempt_at: now,
          ended_at: null,
        }),
      )
      .execute()
  }
}

async function findListeners(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  type: string,
): Promise<readonly string[]> {
  const endpoints = await ownEndpoints(transaction, manufacturerId).where('state', '=', 'on').execute()
  return endpoints.filter(({ event_types }) => wants(event_types, type)).map(({ id }) => id)
}
