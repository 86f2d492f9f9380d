/**
 * One bill is in one currency, so a tariff may change its currency only where a period begins, and neither its currency nor whether its prices
 * hold the tax where a carried period ends. Refused when the version is published or the contract is made; else every invoice of that contract
 * would wait from then on.
 */
import { sql, type ExpressionBuilder, type Transaction } from 'kysely'
import { coreErrors, formatInstant, type Period, type TariffId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { pricesOf } from '../rating/document-terms.ts'
import type { TariffDocument } from '../rating/tariff-schema.ts'
import { taxErrors } from '../tax/errors.ts'
import { pricesFrom, type StoredVersion } from '../tariffs/tariff-versions.ts'
import { contractPeriodAt, type DatedContract } from './contract-periods.ts'
import { readTariffTerms, readZoneTerms, selectTariffTerms, selectZoneTerms } from './contract-terms.ts'

/** Of every contract that has the tariff at some time. @throws AppError `currency_mismatch`, `tax_prices_mixed` */
export async function assertCurrencyBordersOfTariff(
  transaction: Transaction<LedgerTables>,
  tariffId: TariffId,
  versions: readonly StoredVersion[],
): Promise<void> {
  const terms = new Set(versions.map(({ document }) => `${document.currency} ${pricesOf(document)}`))
  if (terms.size < 2) return
  const having = transaction
    .selectFrom('contract_tariffs')
    .select('contract_id')
    .where('tariff_id', '=', tariffId)
  const rows = await transaction
    .selectFrom('contracts')
    .selectAll('contracts')
    .select((all) => [selectTariffTerms(all), selectZoneTerms(all), selectCarriedEnds(all)])
    .where('contracts.id', 'in', having)
    .execute()
  for (const row of rows) {
    const contract: DatedContract = {
      timeZones: readZoneTerms(row.zone_terms),
      anchorOn: row.anchor_on,
      cadence: { unit: row.cadence_unit, count: Number(row.cadence_count) },
      startsAt: row.starts_at,
      endsAt: row.ends_at ?? undefined,
    }
    const tariffs = readTariffTerms(row.tariff_terms)
    for (const [index, term] of tariffs.entries()) {
      if (term.tariffId !== tariffId) continue
      const to = tariffs[index + 1]?.from ?? contract.endsAt ?? Infinity
      const carriedEnds = JSON.parse(row.carried_ends ?? '[]') as readonly number[]
      assertCurrencyBorders(contract, { from: term.from, to }, versions, carriedEnds)
    }
  }
}

/** Where periods end that are going to be billed with the next one. */
function selectCarriedEnds(all: ExpressionBuilder<LedgerTables, 'contracts'>) {
  return all
    .selectFrom('carried_periods')
    .whereRef('carried_periods.contract_id', '=', 'contracts.id')
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('invoices')
            .select('invoices.id')
            .whereRef('invoices.contract_id', '=', 'contracts.id')
            .whereRef('invoices.period_to_at', '>', 'carried_periods.period_to_at'),
        ),
      ),
    )
    .select(sql<string>`json_group_array(carried_periods.period_to_at)`.as('carried_ends'))
    .as('carried_ends')
}

/** In the span in which the contract has the tariff. @throws AppError `currency_mismatch`, `tax_prices_mixed` */
export function assertCurrencyBorders(
  contract: DatedContract,
  span: Period,
  versions: readonly StoredVersion[],
  carriedEnds: readonly number[] = [],
): void {
  for (const [index, version] of versions.entries()) {
    const before = versions[index - 1]
    if (before === undefined) continue
    const at = pricesFrom(version, span.from)
    if (at <= span.from || at >= span.to) continue
    if (carriedEnds.includes(at)) assertSamePrices(before.document, version.document, at)
    if (before.document.currency === version.document.currency) continue
    const period = contractPeriodAt(contract, at)
    if (carriedEnds.includes(at)) {
      throw coreErrors.currency_mismatch(
        `Change the currency from ${formatInstant(period.to)} on: a contract's period until ${formatInstant(at)} was too small to be charged and is billed with the next one.`,
      )
    }
    if (period.from === at) continue
    throw coreErrors.currency_mismatch(
      `Change the currency at the start of a period only: ${formatInstant(at)} lies inside a contract's period from ${formatInstant(period.from)} to ${formatInstant(period.to)}.`,
    )
  }
}

/** For what is billed together. @throws AppError `tax_prices_mixed` */
export function assertSamePrices(before: TariffDocument, after: TariffDocument, at: number): void {
  if (pricesOf(before) === pricesOf(after)) return
  throw taxErrors.tax_prices_mixed(
    `Change between prices before tax and with it one period later than ${formatInstant(at)}: a contract's period until then was too small to be charged and is billed with the next one.`,
  )
}
