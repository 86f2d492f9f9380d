/** Customers as lines of a list: known by their reference when the list comes again. */
import type { BillingChanges, ListedCustomer } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Customer } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { checkCustomer, findNamedCustomer, insertCustomer } from '../people/customers.ts'
import { findDifference, takeLines } from './take-lines.ts'

type Content = Omit<ListedCustomer, 'reference'>

/** What may change later belongs to the content, so that a list that says otherwise is told, not ignored. */
const words: Readonly<Record<keyof Content, string>> = {
  name: 'name',
  email: 'e-mail address',
  legalName: 'legal name',
  taxId: 'tax id',
  purchaseOrderNumber: 'purchase order number',
  language: 'language',
  currency: 'currency',
  billingEmails: 'list of addresses for bills',
  address: 'postal address',
  taxTreatment: 'tax treatment',
  taxPlace: 'place for tax',
  collectionMethod: 'way of collecting',
}

export function customerListChanges(context: ChangingContext): Pick<BillingChanges, 'importCustomers'> {
  return {
    importCustomers: (manufacturerId, lines, { isDryRun = false } = {}) =>
      takeLines(context.ledger, lines, isDryRun, async (transaction, line) => {
        checkCustomer(line)
        const { reference } = line
        const existing = await findNamedCustomer(transaction, manufacturerId, { reference })
        if (existing === undefined) {
          const { id } = await insertCustomer(transaction, context, manufacturerId, line)
          return { outcome: 'created', id }
        }
        assertSame(existing, line)
        return { outcome: 'unchanged', id: existing.id }
      }),
  }
}

/** @throws AppError `customer_exists` */
function assertSame(existing: Customer, line: ListedCustomer): void {
  const wanted: Content = {
    ...line,
    language: line.language ?? 'en',
    billingEmails: line.billingEmails ?? [],
    collectionMethod: line.collectionMethod ?? 'charge_automatically',
  }
  const difference = findDifference<Content>(words, toContent(existing), wanted)
  if (difference === undefined) return
  throw billingErrors.customer_exists(
    `"${line.reference}" exists with another ${difference}; change that customer, or choose another reference.`,
  )
}

function toContent({
  legalName,
  taxId,
  purchaseOrderNumber,
  currency,
  address,
  taxTreatment,
  taxPlace,
  ...rest
}: Customer): Content {
  return {
    ...rest,
    legalName: legalName ?? null,
    taxId: taxId ?? null,
    purchaseOrderNumber: purchaseOrderNumber ?? null,
    currency: currency ?? null,
    address: address ?? null,
    taxTreatment: taxTreatment ?? null,
    taxPlace: taxPlace ?? null,
  }
}
