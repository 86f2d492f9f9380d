/**
 * The one way from a contract and a cutoff to lines: live bill, draft and reconciliation all go through here, so at one
 * cutoff they cannot disagree (I6).
 */
import { sumMoney, moneyOf, type CurrencyCode, type Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Contract, HeldUsage } from '../billing-types.ts'
import { zoneOfPeriodAt } from '../contracts/contract-periods.ts'
import { ratingErrors } from '../rating/errors.ts'
import { rate } from '../rating/rate.ts'
import type { RatedLine } from '../rating/rating-types.ts'
import { readRatingBasis, type RatingBasis } from './rating-basis.ts'
import { usageOfContract } from './usage-of-contract.ts'

export type PeriodRating = {
  readonly contract: Contract
  readonly period: Period
  readonly cutoffAt: number
  readonly currency: CurrencyCode
  readonly lines: readonly RatedLine[]
  readonly totalMinor: bigint
  readonly held: readonly HeldUsage[]
  readonly unreportedDevices: readonly string[]
  readonly basis: RatingBasis
}

/** @throws AppError whatever stops an invoice: missing tariff, price or currency (I8), unknown device or register */
export async function ratePeriod(
  context: Pick<BillingContext, 'ledger' | 'metering'>,
  contract: Contract,
  period: Period,
  cutoffAt: number,
): Promise<PeriodRating> {
  const basis = await readRatingBasis(context.ledger, contract, period)
  const [first] = basis.versions
  if (first === undefined) {
    throw ratingErrors.tariff_not_in_force(
      `Publish a version of the tariff of contract ${contract.id}: none is in force in the period.`,
    )
  }
  const { records, held, unreportedDevices } = await usageOfContract(context, contract, basis, {
    from: period.from,
    to: cutoffAt,
  })
  const { lines } = rate({
    versions: basis.versions,
    usage: records,
    opening: {},
    facts: { period, timeZone: zoneOfPeriodAt(contract, period.from), cutoffAt },
  })
  const { currency } = first.document
  const amounts = lines.map((line) => moneyOf(line.amountMinor, line.currency))
  const totalMinor = sumMoney(amounts, currency).amountMinor
  return { contract, period, cutoffAt, currency, lines, totalMinor, held, unreportedDevices, basis }
}
