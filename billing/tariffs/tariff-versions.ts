import type { Kysely } from 'kysely'
import type { Period, TariffId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { parseTariffDocument } from '../rating/parse-tariff.ts'
import type { VersionInForce } from '../rating/rating-types.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'

export type StoredVersion = {
  readonly id: string
  readonly effectiveAt: number
  readonly document: TariffDocument
}

/** The tariff's versions in order of `effectiveAt`. */
export async function readVersions(
  ledger: Kysely<LedgerTables>,
  tariffId: TariffId,
): Promise<readonly StoredVersion[]> {
  const rows = await ledger
    .selectFrom('tariff_versions')
    .selectAll()
    .where('tariff_id', '=', tariffId)
    .orderBy('effective_at')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    effectiveAt: row.effective_at,
    document: parseTariffDocument(JSON.parse(row.document)),
  }))
}

/** The versions in force within the period, each cut to it. Without one at its start the first begins later. */
export function versionsInForce(
  versions: readonly StoredVersion[],
  period: Period,
): readonly VersionInForce[] {
  return versions.flatMap(({ id, effectiveAt, document }, index) => {
    const from = Math.max(effectiveAt, period.from)
    const to = Math.min(versions[index + 1]?.effectiveAt ?? period.to, period.to)
    return from < to ? [{ id, from, to, document }] : []
  })
}
