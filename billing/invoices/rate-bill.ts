/**
 * The bill of a contract for any of its periods, up to any cutoff that has come, under the tariff in force or another one: live bill,
 * draft and preview are this function with other parameters, so where nothing is overridden their lines cannot differ (I6).
 */
import { formatInstant, type Period, type Tenant } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { BillChoice } from '../bill-choices.ts'
import type { Contract } from '../billing-types.ts'
import { contractPeriodAt } from '../contracts/contract-periods.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, issueUnless, refuseInput } from '../input-check.ts'
import { basisUnder } from './chosen-tariff.ts'
import { gatherBill, type GatheredBill } from './gather-bill.ts'
import { readRatingBasis } from './rating-basis.ts'

/** @throws AppError `contract_not_running`, `cutoff_in_future`, what `basisUnder` throws, and whatever stops an invoice (I8) */
export async function rateBill(
  context: BillingContext,
  tenant: Tenant,
  contract: Contract,
  { at: instant, period: exactly, cutoffAt, tariff }: BillChoice,
): Promise<GatheredBill> {
  const now = context.clock.now()
  const at = instant ?? exactly?.from
  refuseInput([
    ...(at === undefined ? [] : issuesOfInstant(at, '/at')),
    ...(cutoffAt === undefined ? [] : issuesOfInstant(cutoffAt, '/cutoffAt')),
  ])
  if ((cutoffAt ?? at ?? now) > now) {
    throw billingErrors.cutoff_in_future('Ask for the bill up to now or up to an earlier instant.')
  }
  const asked = cutoffAt ?? now
  const period = contractPeriodAt(contract, at ?? Math.min(asked, contract.endsAt ?? asked) - 1)
  refuseInput(issueUnless(isSamePeriod(exactly ?? period, period), '/to', sayPeriod(period)))
  const until = Math.min(asked, period.to)
  refuseInput(issueUnless(until > period.from, '/cutoffAt', sayCutoffs(period)))
  const basis = await readRatingBasis(context.ledger, contract, period)
  const chosen = tariff && (await basisUnder(context.ledger, tenant, contract, period, { basis, tariff }))
  return await gatherBill(context, contract, period, until, { basis: chosen ?? basis })
}

function isSamePeriod(left: Period, right: Period): boolean {
  return left.from === right.from && left.to === right.to
}

function sayPeriod({ from, to }: Period): string {
  return `Give one of the contract's periods; the one there is from ${formatInstant(from)} to ${formatInstant(to)}.`
}

function sayCutoffs({ from, to }: Period): string {
  return `Give an instant in the period after ${formatInstant(from)}, at most ${formatInstant(to)}.`
}
