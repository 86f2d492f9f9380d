/**
 * Which contract a device's usage belongs to, over time.
 *
 * Assignments of one device never overlap (the ledger's trigger holds that) and never reach into a period that is
 * already invoiced: an issued document's usage does not change owner behind its back.
 */
import type { Kysely, Selectable } from 'kysely'
import {
  formatInstant,
  generateId,
  type AssignmentId,
  type ContractId,
  type DeviceId,
  type ManufacturerId,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Assignment, Billing, Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfInstant, issueUnless, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { readVersions } from '../tariffs/tariff-versions.ts'
import { getContract, readInvoicedTo } from './contracts.ts'
import { registersOfDevice } from './device-registers.ts'

type AssignmentInput = Parameters<Billing['assignDevice']>[1]

export function assignmentVerbs(
  context: BillingContext,
): Pick<Billing, 'assignDevice' | 'listAssignments' | 'endAssignment'> {
  const { ledger } = context
  return {
    async assignDevice(manufacturerId, input) {
      checkAssignmentInput(input)
      const contract = await getContract(ledger, manufacturerId, input.contractId)
      assertWithinContract(contract, input)
      await assertSomethingPriced(context, contract, input.deviceId)
      return await withLedgerErrors(() => insertAssignment(context, contract, input))
    },

    async listAssignments(manufacturerId, { contractId, deviceId }) {
      const rows = await ledger
        .selectFrom('assignments')
        .innerJoin('contracts', 'contracts.id', 'assignments.contract_id')
        .selectAll('assignments')
        .where('contracts.manufacturer_id', '=', manufacturerId)
        .$if(contractId !== undefined, (query) =>
          query.where('assignments.contract_id', '=', contractId ?? ''),
        )
        .$if(deviceId !== undefined, (query) => query.where('assignments.device_id', '=', deviceId ?? ''))
        .orderBy('assignments.from_at')
        .orderBy('assignments.id')
        .execute()
      return rows.map(toAssignment)
    },

    async endAssignment(manufacturerId, assignmentId, to) {
      refuseInput(issuesOfInstant(to, '/to'))
      return await ledger
        .transaction()
        .execute((transaction) => endAssignment(transaction, manufacturerId, assignmentId, to))
    },
  }
}

export function toAssignment(row: Selectable<LedgerTables['assignments']>): Assignment {
  return {
    id: row.id as AssignmentId,
    contractId: row.contract_id as ContractId,
    deviceId: row.device_id as DeviceId,
    from: row.from_at,
    to: row.to_at ?? undefined,
  }
}

async function insertAssignment(
  { ledger, clock, randomBytes }: BillingContext,
  contract: Contract,
  { deviceId, from, to }: AssignmentInput,
): Promise<Assignment> {
  return await ledger.transaction().execute(async (transaction) => {
    await assertNotInvoiced(transaction, contract.id, from)
    const id = generateId('assignment', randomBytes)
    await transaction
      .insertInto('assignments')
      .values({
        id,
        contract_id: contract.id,
        device_id: deviceId,
        from_at: from,
        to_at: to ?? null,
        created_at: clock.now(),
      })
      .execute()
    return { id, contractId: contract.id, deviceId, from, to }
  })
}

async function endAssignment(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  assignmentId: string,
  to: number,
): Promise<Assignment> {
  const row = await ledger
    .selectFrom('assignments')
    .innerJoin('contracts', 'contracts.id', 'assignments.contract_id')
    .selectAll('assignments')
    .select('contracts.ends_at as contract_ends_at')
    .where('assignments.id', '=', assignmentId)
    .where('contracts.manufacturer_id', '=', manufacturerId)
    .executeTakeFirst()
  if (row === undefined) {
    throw billingErrors.assignment_not_found('Use the id of an assignment of one of your own contracts.')
  }
  const assignment = toAssignment(row)
  if (assignment.to === to) return assignment
  if (assignment.to !== undefined) {
    throw billingErrors.assignment_already_ended(
      `Assign the device again instead: this assignment ended at ${formatInstant(assignment.to)}.`,
    )
  }
  refuseInput(issueUnless(to > assignment.from, '/to', 'Let the assignment end after it begins.'))
  if (row.contract_ends_at !== null && to > row.contract_ends_at) throw outsideContract()
  await assertNotInvoiced(ledger, assignment.contractId, to)
  await ledger.updateTable('assignments').set({ to_at: to }).where('id', '=', assignmentId).execute()
  return { ...assignment, to }
}

function checkAssignmentInput({ from, to }: AssignmentInput): void {
  refuseInput([
    ...issuesOfInstant(from, '/from'),
    ...(to === undefined ? [] : issuesOfInstant(to, '/to')),
    ...issueUnless(to === undefined || to > from, '/to', 'Let the assignment end after it begins.'),
  ])
}

function assertWithinContract({ startsAt, endsAt }: Contract, { from, to }: AssignmentInput): void {
  const endsTooLate = endsAt !== undefined && (to === undefined || to > endsAt)
  if (from < startsAt || endsTooLate) throw outsideContract()
}

/** A device of which the tariff prices no register at all was assigned by mistake, or a register is misspelt. */
async function assertSomethingPriced(
  { ledger, metering }: BillingContext,
  contract: Contract,
  deviceId: DeviceId,
): Promise<void> {
  const registers = await registersOfDevice(metering, contract.manufacturerId, deviceId)
  const versions = await readVersions(ledger, contract.tariffId)
  const priced = versions.flatMap(({ document }) =>
    document.items.flatMap((item) => (item.type === 'per_unit' ? [item.register] : [])),
  )
  if (priced.length === 0 || priced.some((register) => registers.includes(register))) return
  throw billingErrors.tariff_register_unknown(
    `Assign a device that has one of the registers that the tariff prices (${[...new Set(priced)].join(', ')}), or correct the tariff; this device has ${registers.join(', ')}.`,
  )
}

async function assertNotInvoiced(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
  at: number,
): Promise<void> {
  const invoicedTo = await readInvoicedTo(ledger, contractId)
  if (invoicedTo === undefined || at >= invoicedTo) return
  throw billingErrors.period_already_issued(
    `Choose ${formatInstant(invoicedTo)} or later: the contract is invoiced until then.`,
  )
}

function outsideContract(): Error {
  return billingErrors.assignment_outside_contract(
    'Choose a span between the start and the end of the contract.',
  )
}
