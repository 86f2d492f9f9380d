/**
 * A device that was with another contract than the ledger says: from an instant on, or all along. Both contracts' invoices for the time stay
 * as they are; what they charged too much or too little comes as a correction with the next ones.
 */
import type { Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { formatInstant } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { ChangingContext } from '../billing-context.ts'
import type { Assignment, Contract } from '../billing-types.ts'
import { issuesOfInstant, issuesOfReason, issueUnless, refuseInput } from '../input-check.ts'
import { noteChangedPeriods } from '../invoices/late-periods.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import {
  assertSomethingPriced,
  assertWithinContract,
  describeAssignment,
  endAssignment,
  getAssignment,
  insertAssignment,
  type OwnAssignment,
} from './assignments.ts'
import { getContract } from './contracts.ts'
import { sourcesWhereKnown } from './device-sources.ts'

export function moveChanges(context: ChangingContext): Pick<BillingChanges, 'moveAssignment'> {
  const { ledger, metering } = context
  return {
    async moveAssignment(manufacturerId, assignmentId, { contractId, at, reason }) {
      refuseInput([...issuesOfReason(reason), ...(at === undefined ? [] : issuesOfInstant(at, '/at'))])
      const target = await getContract(ledger, manufacturerId, contractId)
      const { deviceId } = (await getAssignment(ledger, manufacturerId, assignmentId)).assignment
      const sourcesOf = await sourcesWhereKnown(metering, manufacturerId, [deviceId])
      await assertSomethingPriced(ledger, target, sourcesOf(deviceId))
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const own = await getAssignment(transaction, manufacturerId, assignmentId)
          const { assignment } = own
          if (assignment.contractId === target.id) return assignment
          const { from, to } = assignment
          const isWithin = at === undefined || (at >= from && at < (to ?? Infinity))
          refuseInput(issueUnless(isWithin, '/at', saySpan(assignment)))
          assertWithinContract(target, { deviceId, from: at ?? from, ...(to !== undefined && { to }) })
          return at === undefined || at === from
            ? await moveWhole(transaction, context, own, target, reason)
            : await moveFrom(transaction, context, own, target, { at, reason })
        }),
      )
    },
  }
}

async function moveWhole(
  transaction: Transaction<LedgerTables>,
  { clock, actor }: ChangingContext,
  { assignment, contract }: OwnAssignment,
  target: Contract,
  reason: string,
): Promise<Assignment> {
  const now = clock.now()
  const moved = { ...assignment, contractId: target.id }
  await transaction
    .updateTable('assignments')
    .set({ contract_id: target.id })
    .where('id', '=', assignment.id)
    .execute()
  await noteChangedPeriods(transaction, contract, assignment, now)
  await noteChangedPeriods(transaction, target, assignment, now)
  await recordChange(transaction, {
    manufacturerId: contract.manufacturerId,
    actor,
    action: 'assignment.moved',
    subject: { kind: 'assignment', id: assignment.id },
    before: describeAssignment(assignment),
    after: describeAssignment(moved),
    reason,
    at: now,
  })
  return moved
}

async function moveFrom(
  transaction: Transaction<LedgerTables>,
  context: ChangingContext,
  own: OwnAssignment,
  target: Contract,
  { at, reason }: { readonly at: number; readonly reason: string },
): Promise<Assignment> {
  const { deviceId, to } = own.assignment
  await endAssignment(transaction, context, own, { to: at, reason })
  const input = { deviceId, from: at, reason, ...(to !== undefined && { to }) }
  const moved = await insertAssignment(transaction, context, target, input)
  await context.onMade(transaction, moved.id)
  return moved
}

function saySpan({ from, to }: Assignment): string {
  const end = to === undefined ? '' : ` and before ${formatInstant(to)}`
  return `Choose an instant of the assignment: from ${formatInstant(from)} on${end}.`
}
