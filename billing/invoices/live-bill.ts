/** The bill of a contract as it stands: of the running period so far, and the draft of a period that has ended. */
import { AppError } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, LiveBill } from '../billing-types.ts'
import { contractPeriodAt, contractPeriods } from '../contracts/contract-periods.ts'
import { getContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, refuseInput } from '../input-check.ts'
import { assertEnded } from './close-period.ts'
import type { GatheredBill } from './gather-bill.ts'
import { rateBill } from './rate-bill.ts'
import { taxOfBill } from './tax-of-bill.ts'

export function liveBillReads(context: BillingContext): Pick<Billing, 'liveBill' | 'draftBill'> {
  return {
    async liveBill(tenant, contractId, cutoffAt = context.clock.now()) {
      const contract = await getContract(context.ledger, tenant, contractId)
      return await toBill(await rateBill(context, tenant, contract, { cutoffAt }))
    },

    async draftBill(tenant, contractId, at) {
      const now = context.clock.now()
      const contract = await getContract(context.ledger, tenant, contractId)
      if (at !== undefined) {
        refuseInput(issuesOfInstant(at, '/at'))
        const period = contractPeriodAt(contract, at)
        assertEnded(context, period)
        return await toBill(await rateBill(context, tenant, contract, { period }))
      }
      const running = contractPeriods(contract, { from: contract.startsAt, to: now })
      const period = [...running].findLast(({ to }) => to <= now)
      if (period === undefined) {
        throw billingErrors.period_not_ended('Wait until the first period of the contract has ended.')
      }
      return await toBill(await rateBill(context, tenant, contract, { period }))
    },
  }
}

export async function toBill(rating: GatheredBill): Promise<LiveBill> {
  const { contract, period, currency, cutoffAt, lines, linesMinor, held } = rating
  const carried = rating.carried.map((each) => ({ period: each.period, linesMinor: each.linesMinor }))
  const notBillable = rating.notBillable.map(
    ({ deviceId, register, from, to, quantity, reason, eventId }) => {
      return { deviceId, register, from, to, quantity, reason, eventId }
    },
  )
  const { id: contractId, customerId } = contract
  const tax = await findTax(rating)
  const bill = { contractId, customerId, period, currency, cutoffAt, carried }
  return { ...bill, lines, linesMinor, tax, held, notBillable }
}

/** What stops an invoice's tax stops no live bill: it says so instead. */
async function findTax(rating: GatheredBill): Promise<LiveBill['tax']> {
  try {
    const { prices, groups: taxes, netMinor, taxMinor, grossMinor } = await taxOfBill(rating)
    return { prices, taxes, netMinor, taxMinor, totalMinor: grossMinor }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { problem: { code: error.code, detail: error.message } }
  }
}
