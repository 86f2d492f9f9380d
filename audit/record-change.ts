/**
 * Appends to the audit trail, inside the transaction that makes the change: the entry is there if and only if the change is.
 *
 * The ledger's transactions begin IMMEDIATE, so there is one writer and the chain cannot fork. An entry's hash is the
 * SHA-256 of its canonical JSON, which holds the hash of the entry before it: whoever changes, removes or adds a row has
 * to rewrite every row after it, and still meets a hash that somebody else wrote down.
 */
import type { Transaction } from 'kysely'
import { canonicalJson, type Actor, type ManufacturerId } from '../core/index.ts'
import { gatherCalls, type LedgerTables } from '../db/index.ts'
import { CHAIN_START, hashEntry, toRow, type AuditEntry } from './entry-rows.ts'

export type Change = {
  /** Undefined for what concerns the whole installation. */
  readonly manufacturerId: ManufacturerId | undefined
  readonly actor: Actor
  /** What was done, as `subject.past_participle`: `contract.created`, `device.revoked`. */
  readonly action: string
  readonly subject: { readonly kind: string; readonly id: string }
  /** JSON without secrets: what it was and what it became; undefined where there is nothing. */
  readonly before?: unknown
  readonly after?: unknown
  readonly reason?: string | undefined
  readonly at: number
  /** The place in another database that the entry is copied from. */
  readonly source?: string
}

export async function recordChange(transaction: Transaction<LedgerTables>, change: Change): Promise<void> {
  await recordTogether(transaction, change)
}

/** What is recorded in one turn becomes entries one after the other, in the order of the calls. */
const recordTogether = gatherCalls(
  async (transaction: Transaction<LedgerTables>, changes: readonly Change[]): Promise<undefined[]> => {
    const last = await findLastEntry(transaction)
    const entries: AuditEntry[] = []
    for (const change of changes) entries.push(toNextEntry(entries.at(-1) ?? last, change))
    await transaction.insertInto('audit_entries').values(entries.map(toRow)).execute()
    return changes.map(() => undefined)
  },
)

type LastEntry = Pick<AuditEntry, 'no' | 'hash'>

async function findLastEntry(transaction: Transaction<LedgerTables>): Promise<LastEntry> {
  const last = await transaction
    .selectFrom('audit_entries')
    .select(['no', 'hash'])
    .orderBy('no', 'desc')
    .limit(1)
    .executeTakeFirst()
  return { no: Number(last?.no ?? 0n), hash: last?.hash ?? CHAIN_START }
}

function toNextEntry(last: LastEntry, change: Change): AuditEntry {
  const { kind, id, name } = change.actor
  const entry = {
    no: last.no + 1,
    occurredAt: change.at,
    manufacturerId: change.manufacturerId ?? null,
    actor: { kind, id, name },
    action: change.action,
    subject: { kind: change.subject.kind, id: change.subject.id },
    before: toText(change.before),
    after: toText(change.after),
    reason: change.reason ?? null,
    source: change.source ?? null,
    previousHash: last.hash,
  }
  return { ...entry, hash: hashEntry(entry) }
}

function toText(document: unknown): string | null {
  return document === undefined ? null : canonicalJson(document)
}
