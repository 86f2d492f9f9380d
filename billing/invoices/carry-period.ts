/**
 * Decides that a period which could be invoiced is billed with the next one instead: its bill is above zero and below what a payment provider
 * can charge. Never the contract's last period, one that nothing known follows in the same currency and kind of prices, or one
 * that is issued anew.
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { formatInstant, moneyOf, moneyToDecimal } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { CarriedPeriod } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import { getContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { pricesOf } from '../rating/document-terms.ts'
import type { VersionInForce } from '../rating/rating-types.ts'
import type { IssuableBill } from './issue-invoice.ts'
import { isSameBasis, readRatingBasis } from './rating-basis.ts'

/** Whether the period is billed with the next one instead of being issued. */
export async function isToBeCarried(
  { minimumChargeOf }: Pick<BillingContext, 'minimumChargeOf'>,
  { contract, basis, currency, tax }: IssuableBill,
): Promise<boolean> {
  const [next] = basis.upcoming
  if (tax.grossMinor <= 0n || next === undefined) return false
  if (![...basis.versions, next].every((version) => isAlike(version, next))) return false
  return tax.grossMinor < (await minimumChargeOf(contract.manufacturerId, currency))
}

/** One bill can hold the prices of both. */
function isAlike({ document: left }: VersionInForce, { document: right }: VersionInForce): boolean {
  return left.currency === right.currency && pricesOf(left) === pricesOf(right)
}

/**
 * Decides it for good; where a run beside this one has done so, nothing changes.
 * @throws AppError `billing_basis_changed`, also where the period has been invoiced meanwhile
 */
export async function carryPeriod(context: ChangingContext, bill: IssuableBill): Promise<CarriedPeriod> {
  const { contract, period, currency, tax } = bill
  await withLedgerErrors(() =>
    context.ledger.transaction().execute(async (transaction) => {
      const asAgreedNow = await getContract(transaction, contract.manufacturerId, contract.id)
      if (!isSameBasis(bill.basis, await readRatingBasis(transaction, asAgreedNow, period))) {
        throw billingErrors.billing_basis_changed(
          'Run billing again: tariff, time zone, pauses or assignments have just changed.',
        )
      }
      await insertCarried(transaction, context, bill)
    }),
  )
  return { contractId: contract.id, period, totalMinor: tax.grossMinor, currency }
}

async function insertCarried(
  transaction: Transaction<LedgerTables>,
  { clock, actor }: ChangingContext,
  { contract, period, currency, tax }: IssuableBill,
): Promise<void> {
  const { numInsertedOrUpdatedRows = 0n } = await transaction
    .insertInto('carried_periods')
    .values({
      contract_id: contract.id,
      period_from_at: period.from,
      period_to_at: period.to,
      total_minor: tax.grossMinor,
      currency,
      carried_at: clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return
  await recordChange(transaction, {
    manufacturerId: contract.manufacturerId,
    actor,
    action: 'contract.period_carried',
    subject: { kind: 'contract', id: contract.id },
    after: {
      period: { from: formatInstant(period.from), to: formatInstant(period.to) },
      totalMinor: tax.grossMinor.toString(),
      currency,
    },
    at: clock.now(),
  })
}

/** What a person who asks for the invoice of a carried period is told. */
export function refuseCarried({ period, totalMinor, currency }: CarriedPeriod): Error {
  return billingErrors.period_carried(
    `Bill the next period once it has ended: ${moneyToDecimal(moneyOf(totalMinor, currency))} ${currency} of the period until ${formatInstant(period.to)} are below what can be charged and go on the next invoice.`,
  )
}
