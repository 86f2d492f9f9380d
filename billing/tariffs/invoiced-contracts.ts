/**
 * Keeps a tariff version out of what is already invoiced with its tariff: that would change what an issued document rests
 * on. It may begin exactly where the invoices of a contract end.
 */
import type { Transaction } from 'kysely'
import { formatInstant, type TariffId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { readTariffTerms, selectTariffTerms } from '../contracts/contract-terms.ts'
import { billingErrors } from '../errors.ts'
import { pricesFrom, type StoredVersion } from './tariff-versions.ts'

/** @throws AppError `period_already_issued` */
export async function assertNothingPriced(
  transaction: Transaction<LedgerTables>,
  tariffId: TariffId,
  version: Pick<StoredVersion, 'effectiveAt' | 'runningFrom'>,
): Promise<void> {
  const having = transaction
    .selectFrom('contract_tariffs')
    .select('contract_id')
    .where('tariff_id', '=', tariffId)
  const contracts = await transaction
    .selectFrom('contracts')
    .innerJoin('invoices', 'invoices.contract_id', 'contracts.id')
    .select((all) => [selectTariffTerms(all), all.fn.max('invoices.period_to_at').as('invoiced_to_at')])
    .where('contracts.id', 'in', having)
    .where('invoices.status', '<>', 'void')
    .where('invoices.period_to_at', '>', version.effectiveAt)
    .groupBy('contracts.id')
    .execute()
  const invoicedTo = contracts.flatMap(({ tariff_terms, invoiced_to_at }) => {
    const terms = readTariffTerms(tariff_terms)
    return terms.flatMap((term, index) => {
      const to = Math.min(terms[index + 1]?.from ?? Infinity, invoiced_to_at)
      const from = Math.max(term.from, pricesFrom(version, term.from))
      return term.tariffId === tariffId && from < to ? [to] : []
    })
  })
  const lastTo = invoicedTo.reduce((latest, to) => Math.max(latest, to), -Infinity)
  if (lastTo === -Infinity) return
  const what = version.runningFrom === version.effectiveAt ? 'begin' : 'begin, and reach running contracts,'
  throw billingErrors.period_already_issued(
    `Let the version ${what} at ${formatInstant(lastTo)} or later: usage before it is already invoiced.`,
  )
}
