/**
 * Finds entries, the newest first. A manufacturer's people see what concerns their manufacturer, the installation's what
 * concerns no manufacturer (I12).
 */
import { sql, type Kysely } from 'kysely'
import type { ManufacturerId } from '../core/index.ts'
import { installationTenant, tenantLedger, type LedgerTables } from '../db/index.ts'
import { toEntry, type AuditEntry } from './entry-rows.ts'

export type EntryQuery = {
  readonly actorId?: string
  readonly action?: string
  readonly subjectKind?: string
  readonly subjectId?: string
  /** Entries of `[from, to)`. */
  readonly from?: number
  readonly to?: number
  /** Somewhere in what was done, to what, by whom, why, or in its documents; case does not matter for ASCII. */
  readonly text?: string
  /** Older than the entry with this number. */
  readonly after?: number
  readonly limit: number
}

export type EntryPage = { readonly items: readonly AuditEntry[]; readonly nextAfter: string | undefined }

/** @param manufacturerId undefined for the installation */
export async function searchEntries(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  { actorId, action, subjectKind, subjectId, from, to, text, after, limit }: EntryQuery,
): Promise<EntryPage> {
  let query = tenantLedger(ledger, manufacturerId ?? installationTenant)
    .selectFrom('audit_entries')
    .selectAll()
  if (actorId !== undefined) query = query.where('actor_id', '=', actorId)
  if (action !== undefined) query = query.where('action', '=', action)
  if (subjectKind !== undefined) query = query.where('subject_kind', '=', subjectKind)
  if (subjectId !== undefined) query = query.where('subject_id', '=', subjectId)
  if (from !== undefined) query = query.where('occurred_at', '>=', from)
  if (to !== undefined) query = query.where('occurred_at', '<', to)
  if (after !== undefined) query = query.where('no', '<', BigInt(after))
  if (text !== undefined) {
    const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
    query = query.where(
      sql<boolean>`(action || ' ' || subject_id || ' ' || actor_name || ' ' || coalesce(reason, '') || ' ' ||
        coalesce(before, '') || ' ' || coalesce(after, '')) LIKE ${pattern} ESCAPE '\\'`,
    )
  }
  const rows = await query
    .orderBy('no', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit).map(toEntry)
  return { items, nextAfter: rows.length > limit ? items.at(-1)?.no.toString() : undefined }
}
