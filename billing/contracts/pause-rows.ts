/** The pauses of a contract as its row has them: those that were taken back are left out. */
import { sql, type ExpressionBuilder } from 'kysely'
import type { Period } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'
import { intersect } from '../spans.ts'

type Pause = Contract['pauses'][number]

/** The pauses of the row's contract, for `readPauses`. */
export function selectPauses(all: ExpressionBuilder<LedgerTables, 'contracts'>) {
  return all
    .selectFrom('contract_pauses')
    .whereRef('contract_pauses.contract_id', '=', 'contracts.id')
    .where((where) =>
      where.or([
        where('contract_pauses.to_at', 'is', null),
        where('contract_pauses.to_at', '>', where.ref('contract_pauses.from_at')),
      ]),
    )
    .select(
      sql<string>`json_group_array(json_array(contract_pauses.from_at, contract_pauses.to_at, contract_pauses.reason) ORDER BY contract_pauses.from_at)`.as(
        'pauses',
      ),
    )
    .as('pauses')
}

export function readPauses(pauses: string | null): readonly Pause[] {
  const rows = JSON.parse(pauses ?? '[]') as readonly (readonly [number, number | null, string])[]
  return rows.map(([from, to, reason]) => ({ from, to: to ?? undefined, reason }))
}

/** The parts of the span in which the contract is paused, in order. */
export function pausesWithin({ pauses }: Pick<Contract, 'pauses'>, span: Period): readonly Period[] {
  return pauses.flatMap(({ from, to }) => intersect({ from, to: to ?? Infinity }, span) ?? [])
}
