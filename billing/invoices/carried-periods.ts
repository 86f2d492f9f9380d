/**
 * Periods that get no invoice of their own, since their bill is above zero and below what a payment provider can charge: they are billed with the
 * contract's next period, for good. So what a period is billed with follows from these rows alone, for live bill, draft and
 * invoice alike (I6), whether it is invoiced, void or issued anew; its lines are rated with all that is known by then.
 */
import type { Kysely } from 'kysely'
import type { ContractId, CurrencyCode, CustomerId, ManufacturerId, Period } from '../../core/index.ts'
import { gatherCalls, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { ContractToCarry } from '../billing-types.ts'

type AskedPeriod = { readonly contractId: ContractId; readonly period: Period }

/** The periods that are billed with this one, in order: each is followed by the next, the last by this one. */
export async function readCarriedInto(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
  period: Period,
): Promise<readonly Period[]> {
  return await readCarried(ledger, { contractId, period })
}

const readCarried = gatherCalls(async (ledger: Kysely<LedgerTables>, asked: readonly AskedPeriod[]) => {
  const rows = await ledger
    .selectFrom('carried_periods')
    .select(['contract_id', 'period_from_at', 'period_to_at'])
    .where(
      'contract_id',
      'in',
      asked.map(({ contractId }) => contractId),
    )
    .execute()
  const ofContract = Map.groupBy(rows, (row) => row.contract_id)
  return asked.map(({ contractId, period }) => {
    const fromOf = new Map(ofContract.get(contractId)?.map((row) => [row.period_to_at, row.period_from_at]))
    const before: Period[] = []
    let { from: to } = period
    for (let from = fromOf.get(to); from !== undefined; from = fromOf.get(to)) {
      before.unshift({ from, to })
      to = from
    }
    return before
  })
})

/** From the first of the periods that are billed together to the end of the last. */
export function billedSpan({
  carried,
  period,
}: {
  readonly carried: readonly { readonly period: Period }[]
  readonly period: Period
}): Period {
  return { from: carried[0]?.period.from ?? period.from, to: period.to }
}

/** What waits for the next invoice, of each contract: all its carried periods, and what the bill came to with the last of them. */
export async function readToCarry(
  { ledger }: Pick<BillingContext, 'ledger'>,
  manufacturerId: ManufacturerId,
): Promise<readonly ContractToCarry[]> {
  const rows = await tenantLedger(ledger, manufacturerId)
    .selectFrom('carried_periods')
    .innerJoin('contracts', 'contracts.id', 'carried_periods.contract_id')
    .innerJoin('customers', 'customers.id', 'contracts.customer_id')
    .select(['contract_id', 'customer_id', 'customers.name', 'period_from_at', 'period_to_at'])
    .select(['total_minor', 'carried_periods.currency'])
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('invoices')
            .select('invoices.id')
            .whereRef('invoices.contract_id', '=', 'carried_periods.contract_id')
            .whereRef('invoices.period_to_at', '>', 'carried_periods.period_to_at'),
        ),
      ),
    )
    .orderBy('contract_id')
    .orderBy('period_from_at')
    .execute()
  return [...Map.groupBy(rows, (row) => row.contract_id).values()].flatMap((ofContract) => {
    const [first, last] = [ofContract.at(0), ofContract.at(-1)]
    if (first === undefined || last === undefined) return []
    return [
      {
        contractId: last.contract_id as ContractId,
        customerId: last.customer_id as CustomerId,
        customerName: last.name,
        period: { from: first.period_from_at, to: last.period_to_at },
        totalMinor: last.total_minor,
        currency: last.currency as CurrencyCode,
      },
    ]
  })
}
