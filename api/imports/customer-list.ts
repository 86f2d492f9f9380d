/** A list of customers: each line is the body of `POST /v1/customers` with a reference, by which it is known again. */
import type { BillingChanges, ListedCustomer } from '../../billing/index.ts'
import type { ManufacturerId } from '../../core/index.ts'
import { CreateCustomerBody } from '../ledger/customer-schemas.ts'
import { closedObject, ReferenceText } from '../schema-parts.ts'
import { rememberByKeys } from './earlier-lines.ts'
import type { ListColumns } from './list-columns.ts'
import { formOf, type ListKind } from './take-list.ts'

export const customerColumns: ListColumns = {
  cells: {
    reference: 'text',
    name: 'text',
    email: 'text',
    legalName: 'text',
    taxId: 'text',
    purchaseOrderNumber: 'text',
    language: 'text',
    currency: 'text',
    billingEmails: 'texts',
    'address.lines': 'texts',
    'address.postalCode': 'text',
    'address.city': 'text',
    'address.country': 'text',
    'taxTreatment.status': 'text',
    'taxTreatment.reason': 'text',
    taxPlace: 'text',
    collectionMethod: 'text',
  },
  needed: ['reference', 'name', 'email'],
}

const readForm = formOf(closedObject({ ...CreateCustomerBody.properties, reference: ReferenceText }))

export function customerList(
  billing: Pick<BillingChanges, 'importCustomers'>,
  manufacturerId: ManufacturerId,
): ListKind<ListedCustomer> {
  return {
    read: readForm,
    idOf: () => null,
    take: (lines, isDryRun) => billing.importCustomers(manufacturerId, lines, { isDryRun }),
    earlier: rememberByKeys(({ reference }) => [reference]),
  }
}
