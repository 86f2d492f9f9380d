/**
 * What a contract's bill for a period rests on in the ledger: its zones and pauses, the tariff versions in force and the assignments. Read
 * once before the usage is asked for, and again in the transaction that issues: a difference stops the invoice.
 */
import type { Kysely } from 'kysely'
import type { ContractId, InvoiceId, Period } from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { Assignment, Contract } from '../billing-types.ts'
import { nextPeriodOf } from '../contracts/contract-periods.ts'
import { toAssignment } from '../contracts/assignments.ts'
import type { VersionInForce } from '../rating/rating-types.ts'
import { readVersionsInForce } from '../tariffs/tariff-versions.ts'
import { readCarriedInto } from './carried-periods.ts'
import { readPendingLines } from './pending-lines.ts'

export type RatingBasis = {
  readonly versions: readonly VersionInForce[]
  /** In force in the contract's next period, whose fees in advance are charged with this one. */
  readonly upcoming: readonly VersionInForce[]
  /** They decide where periods begin and end. */
  readonly timeZones: Contract['timeZones']
  readonly pauses: Contract['pauses']
  /** All of the contract's assignments, at any time. */
  readonly assignments: readonly Assignment[]
  /** Earlier periods that are billed with this one. */
  readonly carried: readonly Period[]
  /** Manual lines that are on the bill of this period. */
  readonly pendingLines: Awaited<ReturnType<typeof readPendingLines>>
}

export async function readRatingBasis(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  period: Period,
  /** The invoice that the period is issued anew for. */
  replaces?: InvoiceId,
): Promise<RatingBasis> {
  const next = nextPeriodOf(contract, period)
  const [versions, upcoming, assignments, carried, pendingLines] = await Promise.all([
    readVersionsInForce(ledger, contract, period),
    next === undefined ? [] : readVersionsInForce(ledger, contract, next),
    readAssignments(ledger, contract.id),
    readCarriedInto(ledger, contract.id, period),
    readPendingLines(ledger, contract, period, replaces),
  ])
  const { timeZones, pauses } = contract
  return { versions, upcoming, timeZones, pauses, assignments, carried, pendingLines }
}

const readAssignments = gatherCalls(
  async (ledger: Kysely<LedgerTables>, contractIds: readonly ContractId[]) => {
    const rows = await ledger
      .selectFrom('assignments')
      .selectAll()
      .where('contract_id', 'in', contractIds)
      .orderBy('from_at')
      .orderBy('id')
      .execute()
    const ofContract = Map.groupBy(rows.map(toAssignment), ({ contractId }) => contractId)
    return contractIds.map((id) => ofContract.get(id) ?? [])
  },
)

export function isSameBasis(left: RatingBasis, right: RatingBasis): boolean {
  return fingerprint(left) === fingerprint(right)
}

function fingerprint(basis: RatingBasis): string {
  const { versions, upcoming, timeZones, pauses, assignments, carried, pendingLines } = basis
  return JSON.stringify([
    [...versions, ...upcoming].map(({ id, from, to }) => [id, from, to]),
    timeZones,
    pauses.map(({ from, to }) => [from, to ?? null]),
    assignments.map(({ id, from, to }) => [id, from, to ?? null]),
    carried.map(({ from, to }) => [from, to]),
    pendingLines.map(({ id }) => id),
  ])
}
