/**
 * Forgets events after 30 days, with their deliveries and attempts, secrets that sign no longer, and endpoints that were removed once
 * nothing is left of them. In pieces, so that nobody waits for it, and at most so many in a run; what is left goes with the next.
 */
import type { Kysely } from 'kysely'
import { DAY_MS } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'

const KEPT_DAYS = 30
const PIECE = 500
const PIECES = 40

/** Returns how many events it forgot. */
export async function cleanUp(ledger: Kysely<LedgerTables>, now: number): Promise<number> {
  let forgotten = 0
  for (let piece = 0; piece < PIECES; piece += 1) {
    const { numDeletedRows } = await ledger
      .deleteFrom('webhook_events')
      .where('id', 'in', (old) =>
        old
          .selectFrom('webhook_events as event')
          .select('event.id')
          .where('event.occurred_at', '<', now - KEPT_DAYS * DAY_MS)
          .where((where) =>
            where.not(
              where.exists(
                where
                  .selectFrom('webhook_deliveries as delivery')
                  .select('delivery.id')
                  .whereRef('delivery.event_id', '=', 'event.id')
                  .where('delivery.state', '=', 'waiting'),
              ),
            ),
          )
          .orderBy('event.occurred_at')
          .limit(PIECE),
      )
      .executeTakeFirstOrThrow()
    forgotten += Number(numDeletedRows)
    if (numDeletedRows < PIECE) break
  }
  await ledger
    .updateTable('webhook_endpoints')
    .set({ previous_secret_encrypted: null, previous_secret_until_at: null })
    .where('previous_secret_until_at', '<=', now)
    .execute()
  await ledger
    .deleteFrom('webhook_endpoints')
    .where('off_reason', '=', 'removed')
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('webhook_deliveries as delivery')
            .select('delivery.id')
            .whereRef('delivery.endpoint_id', '=', 'webhook_endpoints.id'),
        ),
      ),
    )
    .execute()
  return forgotten
}
