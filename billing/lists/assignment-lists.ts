/**
 * Assignments as lines of a list: known by contract, device and begin when the list comes again.
 *
 * What metering knows of the devices is asked before the transaction begins, so that nobody waits for it inside.
 */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingChanges, ListedAssignment } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Assignment, Contract } from '../billing-types.ts'
import {
  assertSomethingPriced,
  assertWithinContract,
  checkAssignmentInput,
  insertAssignment,
  toAssignment,
} from '../contracts/assignments.ts'
import { findNamedContract } from '../contracts/contracts.ts'
import { sourcesWhereKnown } from '../contracts/device-sources.ts'
import { billingErrors } from '../errors.ts'
import { takeLines } from './take-lines.ts'

export function assignmentListChanges(context: ChangingContext): Pick<BillingChanges, 'importAssignments'> {
  return {
    async importAssignments(manufacturerId, lines, { isDryRun = false } = {}) {
      const deviceIds = [...new Set(lines.map((line) => line.deviceId))]
      const sourcesOf = await sourcesWhereKnown(context.metering, manufacturerId, deviceIds)
      return await takeLines(context.ledger, lines, isDryRun, async (transaction, line) => {
        checkAssignmentInput(line)
        const contract = await findNamedContract(transaction, manufacturerId, line.contract)
        if (contract === undefined) {
          throw billingErrors.contract_not_found('Use the reference or id of one of your own contracts.')
        }
        const existing = await findBeginning(transaction, contract, line)
        if (existing !== undefined) {
          assertSameEnd(existing, line)
          return { outcome: 'unchanged', id: existing.id }
        }
        assertWithinContract(contract, line)
        await assertSomethingPriced(transaction, contract, sourcesOf(line.deviceId))
        const { id } = await insertAssignment(transaction, context, contract, line)
        return { outcome: 'created', id }
      })
    },
  }
}

async function findBeginning(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  { deviceId, from }: ListedAssignment,
): Promise<Assignment | undefined> {
  const row = await ledger
    .selectFrom('assignments')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('from_at', '=', from)
    .where('contract_id', '=', contract.id)
    .executeTakeFirst()
  return row === undefined ? undefined : toAssignment(row)
}

/** @throws AppError `assignment_overlaps` */
function assertSameEnd({ to }: Assignment, line: ListedAssignment): void {
  if (to === line.to) return
  throw billingErrors.assignment_overlaps(
    'Leave the line as it was: the device is assigned to this contract from then on, with another end.',
  )
}
