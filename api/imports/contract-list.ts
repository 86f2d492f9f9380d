/**
 * A list of contracts: each line is the body of `POST /v1/contracts` with a reference, by which it is known again. The customer is
 * named by our id or by the reference of the customers' list.
 */
import { Type } from 'typebox'

import type { BillingChanges, ListedContract } from '../../billing/index.ts'
import type { CustomerId, ManufacturerId } from '../../core/index.ts'
import { CreateContractBody, readContractTerms } from '../ledger/contract-schemas.ts'
import { closedObject, GeneratedIdText, ReferenceText } from '../schema-parts.ts'
import { rememberByKeys } from './earlier-lines.ts'
import type { ListColumns } from './list-columns.ts'
import { readNamed } from './named-thing.ts'
import { formOf, type ListKind } from './take-list.ts'

export const contractColumns: ListColumns = {
  cells: {
    reference: 'text',
    customerId: 'text',
    customerReference: 'text',
    tariffId: 'text',
    timeZone: 'text',
    anchorOn: 'text',
    'cadence.unit': 'text',
    'cadence.count': 'count',
    startsAt: 'text',
    endsAt: 'text',
  },
  needed: ['reference', 'tariffId', 'timeZone', 'anchorOn', 'cadence.unit', 'cadence.count', 'startsAt'],
}

const readForm = formOf(
  closedObject({
    ...CreateContractBody.properties,
    reference: ReferenceText,
    customerId: Type.Optional(GeneratedIdText),
    customerReference: Type.Optional(ReferenceText),
  }),
)

export function contractList(
  billing: Pick<BillingChanges, 'importContracts'>,
  manufacturerId: ManufacturerId,
): ListKind<ListedContract> {
  return {
    read(document) {
      const { customerId, customerReference, reference, ...terms } = readForm(document)
      const customer = readNamed<CustomerId>('customer', customerId, customerReference)
      return { ...readContractTerms(terms), reference, customer }
    },
    idOf: () => null,
    take: (lines, isDryRun) => billing.importContracts(manufacturerId, lines, { isDryRun }),
    earlier: rememberByKeys(({ reference }) => [reference]),
  }
}
