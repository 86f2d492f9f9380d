import type { BillingContext } from '../billing-context.ts'
import type { Billing } from '../billing-types.ts'
import { contractPeriodAt } from '../contracts/contract-periods.ts'
import { getContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { ratePeriod } from './rate-period.ts'

export function liveBillVerbs(context: BillingContext): Pick<Billing, 'liveBill'> {
  return {
    async liveBill(manufacturerId, contractId, cutoffAt = context.clock.now()) {
      refuseInput(issuesOfInstant(cutoffAt, '/cutoffAt'))
      if (cutoffAt > context.clock.now()) {
        throw billingErrors.cutoff_in_future('Ask for the bill up to now or up to an earlier instant.')
      }
      const contract = await getContract(context.ledger, manufacturerId, contractId)
      const lastAt = Math.min(cutoffAt, contract.endsAt ?? cutoffAt) - 1
      const period = contractPeriodAt(contract, lastAt)
      const rating = await ratePeriod(context, contract, period, lastAt + 1)
      return {
        contractId: contract.id,
        customerId: contract.customerId,
        period,
        currency: rating.currency,
        cutoffAt: rating.cutoffAt,
        lines: rating.lines,
        totalMinor: rating.totalMinor,
        held: rating.held,
      }
    },
  }
}
