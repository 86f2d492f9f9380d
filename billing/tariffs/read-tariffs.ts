/** Tariffs with the dates of their versions; the documents come one tariff at a time. */
import type { Kysely } from 'kysely'
import type { ManufacturerId, TariffId } from '../../core/index.ts'
import { holdsText, readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, Tariff } from '../billing-types.ts'
import { assertPageLimit } from '../input-check.ts'
import { tariffSorts } from '../list-sorts.ts'
import { hasTariff } from './publish-tariff.ts'
import { readVersions } from './tariff-versions.ts'

type TariffRow = { readonly id: string; readonly name: string; readonly created_at: number }

export function tariffReads({
  ledger,
}: BillingContext): Pick<Billing, 'listTariffs' | 'findTariff' | 'listTariffVersions'> {
  return {
    async listTariffs(manufacturerId, { text, ...page }) {
      assertPageLimit(page.limit)
      const tariffs = selectTariffs(ledger, manufacturerId).$if(text !== undefined, (query) =>
        query.where(holdsText(text ?? '', ['tariffs.name'], 'tariffs.id')),
      )
      const { items, nextAfter } = await readSortedPage(tariffs, tariffSorts, page)
      return { items: await withVersions(ledger, items), nextAfter }
    },

    async findTariff(manufacturerId, tariffId) {
      const rows = await selectTariffs(ledger, manufacturerId).where('id', '=', tariffId).execute()
      const [tariff] = await withVersions(ledger, rows)
      return tariff
    },

    async listTariffVersions(manufacturerId, tariffId) {
      if (!(await hasTariff(ledger, manufacturerId, tariffId))) return []
      const versions = await readVersions(ledger, tariffId as TariffId)
      return versions.map((version) => ({ tariffId: tariffId as TariffId, ...version }))
    },
  }
}

function selectTariffs(ledger: Kysely<LedgerTables>, manufacturerId: ManufacturerId) {
  return tenantLedger(ledger, manufacturerId).selectFrom('tariffs').select(['id', 'name', 'created_at'])
}

async function withVersions(
  ledger: Kysely<LedgerTables>,
  tariffs: readonly TariffRow[],
): Promise<readonly Tariff[]> {
  if (tariffs.length === 0) return []
  const rows = await ledger
    .selectFrom('tariff_versions')
    .select(['tariff_id', 'id', 'effective_at', 'running_from_at'])
    .where(
      'tariff_id',
      'in',
      tariffs.map(({ id }) => id),
    )
    .orderBy('effective_at')
    .execute()
  const versionsOf = Map.groupBy(rows, (row) => row.tariff_id)
  return tariffs.map(({ id, name, created_at }) => ({
    id: id as TariffId,
    name,
    createdAt: created_at,
    versions: (versionsOf.get(id) ?? []).map((row) => ({
      id: row.id,
      effectiveAt: row.effective_at,
      runningFrom: row.running_from_at ?? row.effective_at,
    })),
  }))
}
