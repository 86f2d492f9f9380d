/** Rows of the trail as entries, and what the hash of each covers. The only file that knows both. */
import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import { canonicalJson, type Actor, type ManufacturerId } from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'

/** The hash before the first entry. */
export const CHAIN_START = '0'.repeat(64)

export type AuditEntry = {
  readonly no: number
  readonly occurredAt: number
  readonly manufacturerId: ManufacturerId | null
  readonly actor: Actor
  readonly action: string
  readonly subject: { readonly kind: string; readonly id: string }
  /** The stored texts, canonical JSON. */
  readonly before: string | null
  readonly after: string | null
  readonly reason: string | null
  readonly source: string | null
  readonly previousHash: string
  readonly hash: string
}

export type AuditRow = Selectable<LedgerTables['audit_entries']>

export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(entry)).digest('hex')
}

export function toEntry(row: AuditRow): AuditEntry {
  return {
    no: Number(row.no),
    occurredAt: row.occurred_at,
    manufacturerId: row.manufacturer_id as ManufacturerId | null,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    before: row.before,
    after: row.after,
    reason: row.reason,
    source: row.source,
    previousHash: row.previous_hash,
    hash: row.hash,
  }
}

export function toRow(entry: AuditEntry) {
  return {
    no: entry.no,
    occurred_at: entry.occurredAt,
    manufacturer_id: entry.manufacturerId,
    actor_kind: entry.actor.kind,
    actor_id: entry.actor.id,
    actor_name: entry.actor.name,
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id,
    before: entry.before,
    after: entry.after,
    reason: entry.reason,
    source: entry.source,
    previous_hash: entry.previousHash,
    hash: entry.hash,
  }
}
