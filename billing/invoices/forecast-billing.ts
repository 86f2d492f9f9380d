/**
 * What the next billing run would do with each contract's first open period: issue it at this total, or let it wait and
 * why. It goes through the checks of the run itself, so the two cannot disagree; a contract that is several periods behind
 * shows its first one.
 */
import type { Period } from '../../core/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, BillingForecast, Contract } from '../billing-types.ts'
import { endedPeriods } from '../contracts/contract-periods.ts'
import { readClosedTo } from '../contracts/contracts.ts'
import { readToCarry } from './carried-periods.ts'
import { isToBeCarried } from './carry-period.ts'
import { rateForIssue } from './close-period.ts'
import { eachContract, mayHaveEnded, toWaiting } from './run-billing.ts'

export function forecastReads(context: BillingContext): Pick<Billing, 'forecastBilling'> {
  return {
    async forecastBilling(manufacturerId) {
      const ready: BillingForecast['ready'][number][] = []
      const waiting: BillingForecast['waiting'][number][] = []
      for await (const contract of eachContract(context, manufacturerId)) {
        if (!mayHaveEnded(context, contract)) continue
        const period = await findOpenPeriod(context, contract)
        if (period === undefined) continue
        const { id: contractId, customerId, customerName } = contract
        const open = { contractId, customerId, customerName, period }
        try {
          const bill = await rateForIssue(context, contract, period)
          const { tax, currency } = bill
          const isCarried = await isToBeCarried(context, bill)
          ready.push({ ...open, totalMinor: tax.grossMinor, currency, isToBeCarried: isCarried })
        } catch (error) {
          const { code, detail } = toWaiting(context, contract, period, error)
          waiting.push({ ...open, code, detail })
        }
      }
      return { ready, carried: await readToCarry(context, manufacturerId), waiting }
    },
  }
}

async function findOpenPeriod(
  { ledger, clock }: BillingContext,
  contract: Contract,
): Promise<Period | undefined> {
  const billedTo = (await readClosedTo(ledger, contract.id)) ?? contract.startsAt
  for (const period of endedPeriods(contract, billedTo, clock.now())) return period
  return undefined
}
