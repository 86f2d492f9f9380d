/**
 * One bill is in one currency, so a tariff may change its currency only where a period begins. Refused when the version is published
 * or the contract is made; else every invoice of that contract would wait from then on.
 */
import type { Transaction } from 'kysely'
import { coreErrors, formatInstant, type TariffId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { StoredVersion } from '../tariffs/tariff-versions.ts'
import { contractPeriodAt, type ContractTime } from './contract-periods.ts'

/** Of every contract of the tariff. @throws AppError `currency_mismatch` */
export async function assertCurrencyBordersOfTariff(
  transaction: Transaction<LedgerTables>,
  tariffId: TariffId,
  versions: readonly StoredVersion[],
): Promise<void> {
  if (currencyChanges(versions).length === 0) return
  const rows = await transaction
    .selectFrom('contracts')
    .selectAll()
    .where('tariff_id', '=', tariffId)
    .execute()
  for (const row of rows) {
    const contract: ContractTime = {
      timeZone: row.time_zone,
      anchorOn: row.anchor_on,
      cadence: { unit: row.cadence_unit, count: Number(row.cadence_count) },
      startsAt: row.starts_at,
      endsAt: row.ends_at ?? undefined,
    }
    assertCurrencyBorders(contract, versions)
  }
}

/** @throws AppError `currency_mismatch` */
export function assertCurrencyBorders(contract: ContractTime, versions: readonly StoredVersion[]): void {
  const { startsAt, endsAt = Infinity } = contract
  for (const at of currencyChanges(versions)) {
    if (at <= startsAt || at >= endsAt) continue
    const period = contractPeriodAt(contract, at)
    if (period.from === at) continue
    throw coreErrors.currency_mismatch(
      `Change the currency at the start of a period only: ${formatInstant(at)} lies inside a contract's period from ${formatInstant(period.from)} to ${formatInstant(period.to)}.`,
    )
  }
}

function currencyChanges(versions: readonly StoredVersion[]): readonly number[] {
  return versions.flatMap(({ effectiveAt, document }, index) => {
    const before = versions[index - 1]
    return before === undefined || before.document.currency === document.currency ? [] : [effectiveAt]
  })
}
