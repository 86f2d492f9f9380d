/**
 * What changes of a running contract: its tariff, at any instant, and its time zone, with the next period. Both begin where
 * nothing is invoiced yet; a change that was entered by mistake is replaced by another from the same instant.
 */
import type { Kysely, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertTimeZone,
  assertVersion,
  coreErrors,
  formatInstant,
  type ContractId,
  type ExpectedVersions,
  type ManufacturerId,
} from '../../core/index.ts'
import { versionOf, type LedgerTables } from '../../db/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { readCarriedInto } from '../invoices/carried-periods.ts'
import { noteChangedPeriods } from '../invoices/late-periods.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { assertDepositsStay } from '../tariffs/deposits-stay.ts'
import { hasTariff } from '../tariffs/publish-tariff.ts'
import { readVersionsInForce } from '../tariffs/tariff-versions.ts'
import { assertNotInvoiced } from './assignments.ts'
import { assertSamePrices } from './currency-borders.ts'
import { contractPeriodAt } from './contract-periods.ts'
import { termAt } from './contract-terms.ts'
import { getContract, readClosedTo } from './contracts.ts'

type AskedChange = {
  readonly manufacturerId: ManufacturerId
  readonly contractId: string
  readonly from: number
  readonly expected: ExpectedVersions
  readonly action: 'contract.tariff_changed' | 'contract.time_zone_changed'
  /** True when the contract has it from that instant on already. */
  isSame(before: Contract): boolean
  insert(transaction: Transaction<LedgerTables>, before: Contract): Promise<unknown>
}

export function contractTermChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'changeTariff' | 'changeTimeZone'> {
  const { clock } = context
  return {
    changeTariff: (manufacturerId, contractId, { tariffId, from }, expected) =>
      changeTerm(context, {
        manufacturerId,
        contractId,
        from,
        expected,
        action: 'contract.tariff_changed',
        isSame: ({ tariffs }) => termAt(tariffs, from).tariffId === tariffId,
        async insert(transaction, { id }) {
          if (!(await hasTariff(transaction, manufacturerId, tariffId))) {
            throw billingErrors.tariff_not_found('Use the id of one of your own tariffs.')
          }
          await transaction
            .insertInto('contract_tariffs')
            .values({ contract_id: id, tariff_id: tariffId, from_at: from, created_at: clock.now() })
            .execute()
        },
      }),

    async changeTimeZone(manufacturerId, contractId, { timeZone, from }, expected) {
      assertTimeZone(timeZone)
      return await changeTerm(context, {
        manufacturerId,
        contractId,
        from,
        expected,
        action: 'contract.time_zone_changed',
        isSame: ({ timeZones }) => termAt(timeZones, from).timeZone === timeZone,
        async insert(transaction, { id }) {
          await assertNotCarried(transaction, id, from)
          await transaction
            .insertInto('contract_zones')
            .values({ contract_id: id, time_zone: timeZone, from_at: from, created_at: clock.now() })
            .execute()
        },
      })
    },
  }
}

export function versionOfContract(contract: Contract): string {
  const { startsAt, pauses } = contract
  return versionOf({ startsAt: formatInstant(startsAt), ...describe(contract), pauses })
}

async function changeTerm({ ledger, clock, actor }: ChangingContext, change: AskedChange): Promise<Contract> {
  const { manufacturerId, contractId, from } = change
  refuseInput(issuesOfInstant(from, '/from'))
  return await ledger.transaction().execute(async (transaction) => {
    const before = await getContract(transaction, manufacturerId, contractId)
    assertVersion(versionOfContract(before), change.expected)
    contractPeriodAt(before, from)
    if (change.isSame(before)) return before
    await assertNotInvoiced(transaction, before.id, { from })
    await change.insert(transaction, before)
    const after = await getContract(transaction, manufacturerId, contractId)
    await assertOneCurrencyPerPeriod(transaction, after, from)
    await assertDepositsOfContract(transaction, [before, after], from)
    await assertOneKindOfCarried(transaction, after)
    await noteChangedPeriods(transaction, after, { from }, clock.now())
    await recordChange(transaction, {
      manufacturerId,
      actor,
      action: change.action,
      subject: { kind: 'contract', id: before.id },
      before: describe(before),
      after: describe(after),
      at: clock.now(),
    })
    return after
  })
}

/** A new zone moves the borders of all later periods, so every later change of tariff is looked at again. */
async function assertOneCurrencyPerPeriod(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  from: number,
): Promise<void> {
  const { tariffs, endsAt = Infinity } = contract
  const changesAt = tariffs.map((term) => term.from).filter((at) => at >= from && at < endsAt)
  for (const at of new Set([from, ...changesAt])) {
    const period = contractPeriodAt(contract, at)
    const versions = await readVersionsInForce(ledger, contract, period)
    const currencies = new Set(versions.map(({ document }) => document.currency))
    if (currencies.size <= 1) continue
    throw coreErrors.currency_mismatch(
      `Change to a tariff in another currency at the start of a period, ${formatInstant(period.from)} or ${formatInstant(period.to)}: one bill cannot be in ${[...currencies].join(' and in ')}.`,
    )
  }
}

/** Whoever has a tariff from the start on pays its deposits. */
async function assertDepositsOfContract(
  ledger: Kysely<LedgerTables>,
  contracts: readonly [before: Contract, after: Contract],
  from: number,
): Promise<void> {
  if (from === contracts[0].startsAt) return
  const [[before], [after]] = await Promise.all([
    readVersionsInForce(ledger, contracts[0], { from, to: from + 1 }),
    readVersionsInForce(ledger, contracts[1], { from, to: from + 1 }),
  ])
  if (before !== undefined && after !== undefined) assertDepositsStay(before.document, after.document, from)
}

/** What is billed together is in one currency, with prices of one kind. */
async function assertOneKindOfCarried(ledger: Kysely<LedgerTables>, contract: Contract): Promise<void> {
  const closedTo = await readClosedTo(ledger, contract.id)
  if (closedTo === undefined || closedTo >= (contract.endsAt ?? Infinity)) return
  const period = contractPeriodAt(contract, closedTo)
  const [first] = await readCarriedInto(ledger, contract.id, period)
  if (first === undefined) return
  const versions = await readVersionsInForce(ledger, contract, { from: first.from, to: period.to })
  for (const [index, { document }] of versions.entries()) {
    const before = versions[index - 1]
    if (before !== undefined) assertSamePrices(before.document, document, period.from)
  }
  const currencies = new Set(versions.map(({ document }) => document.currency))
  if (currencies.size <= 1) return
  throw coreErrors.currency_mismatch(
    `Change to a tariff in another currency from ${formatInstant(period.to)} on: what was too small to be charged is billed with the period until then, and one bill cannot be in ${[...currencies].join(' and in ')}.`,
  )
}

function describe({ tariffs, timeZones }: Contract): object {
  return {
    tariffs: tariffs.map(({ tariffId, from }) => ({ tariffId, from: formatInstant(from) })),
    timeZones: timeZones.map(({ timeZone, from }) => ({ timeZone, from: formatInstant(from) })),
  }
}

/** @throws AppError `period_carried` unless the instant lies after all that is carried */
async function assertNotCarried(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
  from: number,
): Promise<void> {
  const { carried_to_at } = await ledger
    .selectFrom('carried_periods')
    .select((all) => all.fn.max('period_to_at').as('carried_to_at'))
    .where('contract_id', '=', contractId)
    .executeTakeFirstOrThrow()
  if (from >= carried_to_at) return
  throw billingErrors.period_carried(
    `Choose ${formatInstant(carried_to_at)} or later: the period before is billed with the next one and keeps its borders.`,
  )
}
