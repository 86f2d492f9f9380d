import type { Kysely, Selectable } from 'kysely'
import type { Period, TariffId } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'
import type { VersionInForce } from '../rating/rating-types.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'
import { intersect } from '../spans.ts'
import { parsedDocuments } from './parsed-documents.ts'

export type StoredVersion = {
  readonly id: string
  readonly effectiveAt: number
  readonly runningFrom: number
  readonly document: TariffDocument
}

/** The tariff's versions in order of `effectiveAt`. */
export const readVersions = gatherCalls(
  async (
    ledger: Kysely<LedgerTables>,
    tariffIds: readonly TariffId[],
  ): Promise<readonly (readonly StoredVersion[])[]> => {
    const rows = await ledger
      .selectFrom('tariff_versions')
      .selectAll()
      .where('tariff_id', 'in', [...new Set(tariffIds)])
      .orderBy('effective_at')
      .execute()
    const ofTariff = new Map<string, StoredVersion[]>()
    for (const [tariffId, versions] of Map.groupBy(rows, (row) => row.tariff_id)) {
      ofTariff.set(tariffId, versions.map(toStoredVersion))
    }
    return tariffIds.map((id) => ofTariff.get(id) ?? [])
  },
)

function toStoredVersion(row: Selectable<LedgerTables['tariff_versions']>): StoredVersion {
  return {
    id: row.id,
    effectiveAt: row.effective_at,
    runningFrom: row.running_from_at ?? row.effective_at,
    document: parsedDocuments.read(row.id, row.document),
  }
}

/**
 * The versions that price a contract within the period, each cut to it: of each tariff in the time that the contract has
 * it. Where none is in force there is a gap.
 */
export async function readVersionsInForce(
  ledger: Kysely<LedgerTables>,
  { tariffs }: Pick<Contract, 'tariffs'>,
  period: Period,
): Promise<readonly VersionInForce[]> {
  const inForce: VersionInForce[] = []
  for (const [index, { tariffId, from }] of tariffs.entries()) {
    const span = intersect({ from, to: tariffs[index + 1]?.from ?? Infinity }, period)
    if (span === undefined) continue
    inForce.push(...versionsWithin(await readVersions(ledger, tariffId), from, span))
  }
  return inForce
}

/**
 * From when a version prices a contract that has the tariff since then: who had it before the version came into force
 * moves to it on a date of its own.
 */
export function pricesFrom(
  { effectiveAt, runningFrom }: Pick<StoredVersion, 'effectiveAt' | 'runningFrom'>,
  since: number,
): number {
  return since < effectiveAt ? runningFrom : effectiveAt
}

function versionsWithin(
  versions: readonly StoredVersion[],
  since: number,
  span: Period,
): readonly VersionInForce[] {
  return versions.flatMap((version, index) => {
    const next = versions[index + 1]
    const from = Math.max(pricesFrom(version, since), span.from)
    const to = next === undefined ? span.to : Math.min(pricesFrom(next, since), span.to)
    return from < to ? [{ id: version.id, from, to, document: version.document }] : []
  })
}
