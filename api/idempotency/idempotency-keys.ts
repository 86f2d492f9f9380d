/**
 * Remembers for a day which creating calls were made under a key of the caller's, so that a call that is sent again after
 * a lost answer is carried out once.
 *
 * A key belongs to whoever uses it. It is taken before the call runs and kept when the call succeeded; a call that was
 * refused gives it back, so that it may be corrected and sent again. What a call makes in the ledger is noted under its key in the
 * same transaction (`noteMade`), and that takes the change back if the key is not the call's any more.
 *
 * A key that is taken by no call under way was left by a server that died. Of a repeatable call the note tells whether it
 * was carried out, so the key is taken anew, with what was made. Of any other nobody knows, and its sender has to look.
 * Calls under way are known in memory: one process at a time serves a ledger.
 */
import type { Kysely, Transaction } from 'kysely'

import { DAY_MS, type Clock } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { apiErrors } from '../errors.ts'

const KEPT_FOR_MS = DAY_MS

export type KeptAnswer = {
  readonly status: number
  /** Undefined where it held a secret. */
  readonly answer: string | undefined
  readonly location: string | undefined
}

/** The call is to run; `madeId` is what it made before the server died. */
type Taken = { readonly kind: 'taken'; readonly madeId: string | undefined }

/** What became of a key that was to be taken. */
export type TakenKey =
  Taken | { readonly kind: 'in_use' } | { readonly kind: 'reused' } | ({ readonly kind: 'kept' } & KeptAnswer)

type IdempotentCall = {
  readonly requestHash: string
  /** Running it again does no harm: it makes nothing unless through `noteMade`. */
  readonly isRepeatable: boolean
}

export type IdempotencyKeys = {
  take(actorId: string, key: string, call: IdempotentCall): Promise<TakenKey>
  /** @throws AppError `idempotency_key_in_use` if the key was given back or a repetition has made the thing */
  noteMade(
    transaction: Transaction<LedgerTables>,
    actorId: string,
    key: string,
    madeId: string,
  ): Promise<void>
  keep(actorId: string, key: string, answer: KeptAnswer): Promise<void>
  /** A call that has made something keeps its key, whatever it answered. */
  giveBack(actorId: string, key: string): Promise<void>
}

const nameOf = (actorId: string, key: string) => `${actorId} ${key}`

export function createIdempotencyKeys(ledger: Kysely<LedgerTables>, clock: Clock): IdempotencyKeys {
  const underWay = new Set<string>()

  return {
    async take(actorId, key, { requestHash, isRepeatable }) {
      const now = clock.now()
      const taken = await ledger.transaction().execute(async (transaction): Promise<TakenKey> => {
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
          return { kind: 'taken', madeId: undefined }
        }
        if (row.request_hash !== requestHash) return { kind: 'reused' }
        if (row.status === null) {
          return isRepeatable ? { kind: 'taken', madeId: row.made_id ?? undefined } : { kind: 'in_use' }
        }
        return {
          kind: 'kept',
          status: Number(row.status),
          answer: row.answer ?? undefined,
          location: row.location ?? undefined,
        }
      })
      if (taken.kind !== 'taken') return taken
      if (underWay.has(nameOf(actorId, key))) return { kind: 'in_use' }
      underWay.add(nameOf(actorId, key))
      return taken
    },

    async noteMade(transaction, actorId, key, madeId) {
      const { numUpdatedRows } = await transaction
        .updateTable('idempotency_keys')
        .set({ made_id: madeId })
        .where('actor_id', '=', actorId)
        .where('key', '=', key)
        .where('made_id', 'is', null)
        .executeTakeFirst()
      if (numUpdatedRows === 1n) return
      throw apiErrors.idempotency_key_in_use(
        'Send the request again: it took too long, and its key was taken by another.',
      )
    },

    async keep(actorId, key, { status, answer = null, location = null }) {
      try {
        await ledger
          .updateTable('idempotency_keys')
          .set({ status, answer, location })
          .where('actor_id', '=', actorId)
          .where('key', '=', key)
          .execute()
      } finally {
        underWay.delete(nameOf(actorId, key))
      }
    },

    async giveBack(actorId, key) {
      try {
        await ledger
          .deleteFrom('idempotency_keys')
          .where('actor_id', '=', actorId)
          .where('key', '=', key)
          .where('status', 'is', null)
          .where('made_id', 'is', null)
          .execute()
      } finally {
        underWay.delete(nameOf(actorId, key))
      }
    },
  }
}
