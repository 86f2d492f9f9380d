/** What a contract's bill would be: of any period, up to any cutoff, under any tariff. Reads only. */
import { AppError, coreErrors } from '../../core/index.ts'
import type { BillDifference, NotCompared } from '../bill-choices.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing } from '../billing-types.ts'
import { getContract } from '../contracts/contracts.ts'
import { compareBills } from './compare-bills.ts'
import { toBill } from './live-bill.ts'
import { rateBill } from './rate-bill.ts'
import { gatherBill, type GatheredBill } from './gather-bill.ts'

export function previewReads(context: BillingContext): Pick<Billing, 'previewBill'> {
  return {
    async previewBill(tenant, contractId, choice) {
      const contract = await getContract(context.ledger, tenant, contractId)
      const rating = await rateBill(context, tenant, contract, choice)
      const difference =
        choice.tariff === undefined ? compareBills(rating, rating) : await compareInForce(context, rating)
      return { ...(await toBill(rating)), difference }
    },
  }
}

/** What holds the bill under the tariff in force is no reason to withhold the one that was asked for. */
async function compareInForce(
  context: BillingContext,
  rating: GatheredBill,
): Promise<BillDifference | NotCompared> {
  const { contract, period, cutoffAt, currency } = rating
  try {
    const inForce = await gatherBill(context, contract, period, cutoffAt)
    if (inForce.currency === currency) return compareBills(rating, inForce)
    throw coreErrors.currency_mismatch(
      `Compare by hand: this bill is in ${currency}, the one under the tariff in force in ${inForce.currency}.`,
    )
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { problem: { code: error.code, detail: error.message } }
  }
}
