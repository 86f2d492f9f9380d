/**
 * Finds entries, the newest first unless asked otherwise. A manufacturer's people see what concerns their manufacturer, the installation's what
 * concerns no manufacturer (I12).
 */
import { sql, type Kysely } from 'kysely'
import type { ManufacturerId } from '../core/index.ts'
import {
  installationTenant,
  readSortedPage,
  tenantLedger,
  type LedgerTables,
  type ListSorts,
  type PageRequest,
} from '../db/index.ts'
import { toEntry, type AuditEntry } from './entry-rows.ts'

export const entrySorts = {
  id: 'audit_entries.no',
  by: { no: 'audit_entries.no' },
  usual: '-no',
} as const satisfies ListSorts

export type EntryQuery = PageRequest<typeof entrySorts> & {
  readonly actorId?: string
  readonly action?: string
  readonly subjectKind?: string
  readonly subjectId?: string
  /** Entries of `[from, to)`. */
  readonly from?: number
  readonly to?: number
  /** Somewhere in what was done, to what, by whom, why, or in its documents; case does not matter for ASCII. */
  readonly text?: string
}

export type EntryPage = { readonly items: readonly AuditEntry[]; readonly nextAfter: string | undefined }

/** @param manufacturerId undefined for the installation */
export async function searchEntries(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId | undefined,
  { actorId, action, subjectKind, subjectId, from, to, text, ...page }: EntryQuery,
): Promise<EntryPage> {
  let query = tenantLedger(ledger, manufacturerId ?? installationTenant)
    .selectFrom('audit_entries')
    .selectAll('audit_entries')
  if (actorId !== undefined) query = query.where('actor_id', '=', actorId)
  if (action !== undefined) query = query.where('action', '=', action)
  if (subjectKind !== undefined) query = query.where('subject_kind', '=', subjectKind)
  if (subjectId !== undefined) query = query.where('subject_id', '=', subjectId)
  if (from !== undefined) query = query.where('occurred_at', '>=', from)
  if (to !== undefined) query = query.where('occurred_at', '<', to)
  if (text !== undefined) {
    const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
    query = query.where(
      sql<boolean>`(action || ' ' || subject_id || ' ' || actor_name || ' ' || coalesce(reason, '') || ' ' ||
        coalesce(before, '') || ' ' || coalesce(after, '')) LIKE ${pattern} ESCAPE '\\'`,
    )
  }
  const { items, nextAfter } = await readSortedPage(query, entrySorts, page)
  return { items: items.map(toEntry), nextAfter }
}
