/**
 * A list of assignments: each line is the body of `POST /v1/contracts/{id}/assignments` with its contract, named by our id or by
 * the reference of the contracts' list. It is known again by contract, device and `from`.
 */
import { Type } from 'typebox'

import type { BillingChanges, ListedAssignment } from '../../billing/index.ts'
import { getDeviceId, type ContractId, type ManufacturerId } from '../../core/index.ts'
import { AssignDeviceBody } from '../ledger/contract-schemas.ts'
import { closedObject, GeneratedIdText, readInstant, ReferenceText } from '../schema-parts.ts'
import { rememberSpans } from './earlier-lines.ts'
import type { ListColumns } from './list-columns.ts'
import { readNamed } from './named-thing.ts'
import { formOf, type ListKind } from './take-list.ts'

export const assignmentColumns: ListColumns = {
  cells: { contractId: 'text', contractReference: 'text', deviceId: 'text', from: 'text', to: 'text' },
  needed: ['deviceId', 'from'],
}

const readForm = formOf(
  closedObject({
    ...AssignDeviceBody.properties,
    contractId: Type.Optional(GeneratedIdText),
    contractReference: Type.Optional(ReferenceText),
  }),
)

export function assignmentList(
  billing: Pick<BillingChanges, 'importAssignments'>,
  manufacturerId: ManufacturerId,
): ListKind<ListedAssignment> {
  return {
    read(document) {
      const { contractId, contractReference, deviceId, from, to } = readForm(document)
      return {
        contract: readNamed<ContractId>('contract', contractId, contractReference),
        deviceId: getDeviceId(deviceId),
        from: readInstant(from, '/from'),
        ...(to !== undefined && { to: readInstant(to, '/to') }),
      }
    },
    idOf: () => null,
    take: (lines, isDryRun) => billing.importAssignments(manufacturerId, lines, { isDryRun }),
    earlier: rememberSpans(({ deviceId }) => deviceId),
  }
}
