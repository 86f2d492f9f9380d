/**
 * The tariffs and time zones that a contract has over time. The ledger keeps each as rows that are only added; of several
 * from one instant the one added last holds. They are read with the contract, so a contract is always whole.
 */
import { sql, type ExpressionBuilder } from 'kysely'
import { assertInvariant, type TariffId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'

type TariffTerm = Contract['tariffs'][number]
type ZoneTerm = Contract['timeZones'][number]

/** The tariff terms of the row's contract, for `readTariffTerms`. */
export function selectTariffTerms(all: ExpressionBuilder<LedgerTables, 'contracts'>) {
  return all
    .selectFrom('contract_tariffs')
    .innerJoin('tariffs as agreed', 'agreed.id', 'contract_tariffs.tariff_id')
    .whereRef('contract_tariffs.contract_id', '=', 'contracts.id')
    .select(
      sql<string>`json_group_array(json_array(contract_tariffs.from_at, agreed.id, agreed.name) ORDER BY contract_tariffs.from_at, contract_tariffs.no)`.as(
        'terms',
      ),
    )
    .as('tariff_terms')
}

/** The zone terms of the row's contract, for `readZoneTerms`. */
export function selectZoneTerms(all: ExpressionBuilder<LedgerTables, 'contracts'>) {
  return all
    .selectFrom('contract_zones')
    .whereRef('contract_zones.contract_id', '=', 'contracts.id')
    .select(
      sql<string>`json_group_array(json_array(contract_zones.from_at, contract_zones.time_zone) ORDER BY contract_zones.from_at, contract_zones.no)`.as(
        'terms',
      ),
    )
    .as('zone_terms')
}

export function readTariffTerms(terms: string | null): readonly TariffTerm[] {
  const rows = JSON.parse(terms ?? '[]') as readonly (readonly [number, TariffId, string])[]
  const tariffs = rows.map(([from, tariffId, tariffName]) => ({ tariffId, tariffName, from }))
  return changesOnly(tariffs, ({ tariffId }) => tariffId)
}

export function readZoneTerms(terms: string | null): readonly ZoneTerm[] {
  const rows = JSON.parse(terms ?? '[]') as readonly (readonly [number, string])[]
  const zones = rows.map(([from, timeZone]) => ({ timeZone, from }))
  return changesOnly(zones, ({ timeZone }) => timeZone)
}

/** The term at the instant; the first one before it begins. */
export function termAt<Term extends { readonly from: number }>(terms: readonly Term[], at: number): Term {
  const term = terms.findLast(({ from }) => from <= at) ?? terms[0]
  assertInvariant(term !== undefined, 'A contract has terms from its start.')
  return term
}

function changesOnly<Term extends { readonly from: number }>(
  terms: readonly Term[],
  contentOf: (term: Term) => string,
): readonly Term[] {
  const standing = terms.filter(({ from }, index) => terms[index + 1]?.from !== from)
  return standing.filter((term, index) => {
    const before = standing[index - 1]
    return before === undefined || contentOf(before) !== contentOf(term)
  })
}
