/** Contracts as lines of a list: known by their reference when the list comes again. */
import { plainCadence } from '../../core/index.ts'
import type { BillingChanges, CreateContractInput } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import { checkContractInput, findNamedContract, insertContract } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { customerNotFound, findNamedCustomer } from '../people/customers.ts'
import { findDifference, takeLines } from './take-lines.ts'

type Content = Omit<CreateContractInput, 'reference' | 'endsAt'> & { readonly endsAt?: number | undefined }

const words: Readonly<Record<keyof Content, string>> = {
  customerId: 'customer',
  tariffId: 'tariff',
  timeZone: 'time zone',
  anchorOn: 'anchor',
  cadence: 'cadence',
  startsAt: 'start',
  endsAt: 'end',
}

export function contractListChanges(context: ChangingContext): Pick<BillingChanges, 'importContracts'> {
  return {
    importContracts: (manufacturerId, lines, { isDryRun = false } = {}) =>
      takeLines(context.ledger, lines, isDryRun, async (transaction, line) => {
        checkContractInput(line)
        const { customer: named, ...terms } = line
        const { reference } = terms
        const customer = await findNamedCustomer(transaction, manufacturerId, named)
        if (customer === undefined) throw customerNotFound()
        const wanted = { ...terms, cadence: plainCadence(terms.cadence), customerId: customer.id }
        const existing = await findNamedContract(transaction, manufacturerId, { reference })
        if (existing === undefined) {
          const id = await insertContract(transaction, context, manufacturerId, wanted)
          return { outcome: 'created', id }
        }
        const difference = findDifference<Content>(words, existing, wanted)
        if (difference !== undefined) {
          throw billingErrors.contract_exists(
            `"${reference}" exists with another ${difference}; leave it as it is, or choose another reference.`,
          )
        }
        return { outcome: 'unchanged', id: existing.id }
      }),
  }
}
