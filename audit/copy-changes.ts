/**
 * Copies what was changed in the metering database to the trail, once and in its order.
 *
 * The place to continue is the newest entry with such a source, so it moves in the transaction of the copy itself: killed
 * at any point, the next run goes on where the trail ends. Two processes that copy at once cannot copy twice, because
 * `source` is unique and the place is read in the transaction again. The numbers are padded, so that the newest is the last of an index.
 */
import type { Kysely, Transaction } from 'kysely'
import type { Actor, ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import { recordChange } from './record-change.ts'

/** Copied in one transaction: some 20 ms of the ledger. */
const PAGE_SIZE = 50
const PREFIX = 'metering:'
const DIGITS = 15

export type ForeignChange = {
  readonly id: number
  readonly manufacturerId: ManufacturerId
  readonly actor: Actor
  readonly action: string
  readonly subject: { readonly kind: string; readonly id: string }
  readonly before?: unknown
  readonly after?: unknown
  readonly reason?: string | undefined
  readonly at: number
}

/** The changes after that id, oldest first, at most `limit`; fewer only at the end. */
export type ReadChanges = (afterId: number, limit: number) => Promise<readonly ForeignChange[]>

/** Copies until nothing is left and returns how many it copied. */
export async function copyChanges(ledger: Kysely<LedgerTables>, readChanges: ReadChanges): Promise<number> {
  for (let copied = 0; ;) {
    const changes = await readChanges(await findLastCopied(ledger), PAGE_SIZE)
    if (changes.length > 0) copied += await copyPage(ledger, changes)
    if (changes.length < PAGE_SIZE) return copied
  }
}

async function copyPage(ledger: Kysely<LedgerTables>, changes: readonly ForeignChange[]): Promise<number> {
  return await ledger.transaction().execute(async (transaction) => {
    const last = await findLastCopied(transaction)
    const missing = changes.filter(({ id }) => id > last)
    const known = await findManufacturers(transaction, missing)
    for (const { id, manufacturerId, ...change } of missing) {
      await recordChange(transaction, {
        ...change,
        // Metering knows manufacturers only by name; one that the ledger lacks must not hold up the others.
        manufacturerId: known.has(manufacturerId) ? manufacturerId : undefined,
        source: sourceOf(id),
      })
    }
    return missing.length
  })
}

async function findLastCopied(ledger: Kysely<LedgerTables> | Transaction<LedgerTables>): Promise<number> {
  const row = await ledger
    .selectFrom('audit_entries')
    .select('source')
    .where('source', '>=', PREFIX)
    .where('source', '<=', sourceOf(10 ** DIGITS - 1))
    .orderBy('source', 'desc')
    .limit(1)
    .executeTakeFirst()
  return Number(row?.source?.slice(PREFIX.length) ?? 0)
}

async function findManufacturers(
  transaction: Transaction<LedgerTables>,
  changes: readonly ForeignChange[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(changes.map(({ manufacturerId }) => manufacturerId))]
  if (ids.length === 0) return new Set()
  const rows = await transaction.selectFrom('manufacturers').select('id').where('id', 'in', ids).execute()
  return new Set(rows.map(({ id }) => id))
}

function sourceOf(id: number): string {
  return PREFIX + id.toString().padStart(DIGITS, '0')
}
