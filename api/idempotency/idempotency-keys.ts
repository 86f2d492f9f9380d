/**
 * Remembers for a day which creating calls were made under a key of the caller's, so that a call that is sent again after
 * a lost answer is carried out once.
 *
 * A key belongs to whoever uses it. It is taken before the call runs and kept when the call succeeded; a call that was
 * refused gives it back, so that it may be corrected and sent again. A crash in between leaves the key taken: then nobody
 * knows whether the call was carried out, and its sender has to look.
 */
import type { Kysely } from 'kysely'

import { DAY_MS, type Clock } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'

const KEPT_FOR_MS = DAY_MS

export type KeptAnswer = {
  readonly status: number
  /** Undefined where it held a secret. */
  readonly answer: string | undefined
  readonly location: string | undefined
}

/** What became of a key that was to be taken. */
export type TakenKey = 'taken' | 'in_use' | 'reused' | KeptAnswer

export type IdempotencyKeys = {
  take(actorId: string, key: string, requestHash: string): Promise<TakenKey>
  keep(actorId: string, key: string, answer: KeptAnswer): Promise<void>
  giveBack(actorId: string, key: string): Promise<void>
}

export function createIdempotencyKeys(ledger: Kysely<LedgerTables>, clock: Clock): IdempotencyKeys {
  return {
    async take(actorId, key, requestHash) {
      const now = clock.now()
      return await ledger.transaction().execute(async (transaction) => {
        await transaction
          .deleteFrom('idempotency_keys')
          .where('created_at', '<=', now - KEPT_FOR_MS)
          .execute()
        const row = await transaction
          .selectFrom('idempotency_keys')
          .selectAll()
          .where('actor_id', '=', actorId)
          .where('key', '=', key)
          .executeTakeFirst()
        if (row === undefined) {
          await transaction
            .insertInto('idempotency_keys')
            .values({ actor_id: actorId, key, request_hash: requestHash, created_at: now })
            .execute()
          return 'taken'
        }
        if (row.request_hash !== requestHash) return 'reused'
        if (row.status === null) return 'in_use'
        return {
          status: Number(row.status),
          answer: row.answer ?? undefined,
          location: row.location ?? undefined,
        }
      })
    },

    async keep(actorId, key, { status, answer = null, location = null }) {
      await ledger
        .updateTable('idempotency_keys')
        .set({ status, answer, location })
        .where('actor_id', '=', actorId)
        .where('key', '=', key)
        .execute()
    },

    async giveBack(actorId, key) {
      await ledger
        .deleteFrom('idempotency_keys')
        .where('actor_id', '=', actorId)
        .where('key', '=', key)
        .where('status', 'is', null)
        .execute()
    },
  }
}
