/** The bill of a contract as it stands: of the running period so far, and the draft of a period that has ended. */
import type { BillingContext } from '../billing-context.ts'
import type { Billing, LiveBill } from '../billing-types.ts'
import { contractPeriodAt, contractPeriods } from '../contracts/contract-periods.ts'
import { getContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { assertEnded } from './close-period.ts'
import { gatherBill, type GatheredBill } from './gather-bill.ts'

export function liveBillReads(context: BillingContext): Pick<Billing, 'liveBill' | 'draftBill'> {
  return {
    async liveBill(tenant, contractId, cutoffAt = context.clock.now()) {
      refuseInput(issuesOfInstant(cutoffAt, '/cutoffAt'))
      if (cutoffAt > context.clock.now()) {
        throw billingErrors.cutoff_in_future('Ask for the bill up to now or up to an earlier instant.')
      }
      const contract = await getContract(context.ledger, tenant, contractId)
      const lastAt = Math.min(cutoffAt, contract.endsAt ?? cutoffAt) - 1
      const period = contractPeriodAt(contract, lastAt)
      return toBill(await gatherBill(context, contract, period, lastAt + 1))
    },

    async draftBill(tenant, contractId, at) {
      const now = context.clock.now()
      const contract = await getContract(context.ledger, tenant, contractId)
      if (at !== undefined) {
        refuseInput(issuesOfInstant(at, '/at'))
        const period = contractPeriodAt(contract, at)
        assertEnded(context, period)
        return toBill(await gatherBill(context, contract, period, period.to))
      }
      const running = contractPeriods(contract, { from: contract.startsAt, to: now })
      const period = [...running].findLast(({ to }) => to <= now)
      if (period === undefined) {
        throw billingErrors.period_not_ended('Wait until the first period of the contract has ended.')
      }
      return toBill(await gatherBill(context, contract, period, period.to))
    },
  }
}

function toBill({ contract, period, currency, cutoffAt, lines, totalMinor, held }: GatheredBill): LiveBill {
  const { id: contractId, customerId } = contract
  return { contractId, customerId, period, currency, cutoffAt, lines, totalMinor, held }
}
