/**
 * Which contract a device's usage belongs to, over time.
 *
 * Assignments of one device never overlap (the ledger's trigger holds that). What changes in a period that is already invoiced needs a
 * reason: the issued documents stay, and the next ones correct them.
 */
import type { Kysely, Selectable, Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  formatInstant,
  generateId,
  type AssignmentId,
  type ContractId,
  type CustomerId,
  type DeviceId,
  type ManufacturerId,
} from '../../core/index.ts'
import { readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Assignment, Billing, Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { assertPageLimit, issuesOfInstant, issuesOfReason, issueUnless, refuseInput } from '../input-check.ts'
import { noteChangedPeriods } from '../invoices/late-periods.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { assignmentSorts } from '../list-sorts.ts'
import { toPage } from '../page.ts'
import { pricedSources } from '../tariffs/priced-sources.ts'
import { readVersions } from '../tariffs/tariff-versions.ts'
import { getContract } from './contracts.ts'
import { sourcesWhereKnown, type DeviceSources } from './device-sources.ts'

type AssignmentInput = Parameters<BillingChanges['assignDevice']>[1]

export function assignmentReads({
  ledger,
}: BillingContext): Pick<
  Billing,
  'listAssignments' | 'findAssignments' | 'listAssignedDevices' | 'listHolders'
> {
  return {
    async listAssignments(tenant, { contractId, contractIds, deviceId }) {
      if (contractIds?.length === 0) return []
      const rows = await tenantLedger(ledger, tenant)
        .selectFrom('assignments')
        .selectAll('assignments')
        .$if(contractId !== undefined, (query) =>
          query.where('assignments.contract_id', '=', contractId ?? ''),
        )
        .$if(contractIds !== undefined, (query) =>
          query.where('assignments.contract_id', 'in', contractIds ?? []),
        )
        .$if(deviceId !== undefined, (query) => query.where('assignments.device_id', '=', deviceId ?? ''))
        .orderBy('assignments.from_at')
        .orderBy('assignments.id')
        .execute()
      return rows.map(toAssignment)
    },

    async findAssignments(tenant, { contractId, deviceId, customerId, within, ...page }) {
      assertPageLimit(page.limit)
      const own = tenantLedger(ledger, tenant)
      let query = own.selectFrom('assignments').selectAll('assignments')
      if (contractId !== undefined) query = query.where('assignments.contract_id', '=', contractId)
      if (deviceId !== undefined) query = query.where('assignments.device_id', '=', deviceId)
      if (customerId !== undefined) {
        const having = ledger.selectFrom('contracts').select('id').where('customer_id', '=', customerId)
        query = query.where('assignments.contract_id', 'in', having)
      }
      if (within !== undefined) {
        query = query
          .where('assignments.from_at', '<', within.to)
          .where((where) =>
            where.or([where('assignments.to_at', 'is', null), where('assignments.to_at', '>', within.from)]),
          )
      }
      const { items, nextAfter } = await readSortedPage(query, assignmentSorts, page)
      return { items: items.map(toAssignment), nextAfter }
    },

    async listHolders(tenant, deviceIds, at) {
      if (deviceIds.length === 0) return []
      const rows = await tenantLedger(ledger, tenant)
        .selectFrom('assignments')
        // SQLite leaves cross joins in their order: else it would begin with every contract of the manufacturer.
        .crossJoin('contracts')
        .crossJoin('customers')
        .select(['assignments.device_id', 'contracts.customer_id', 'customers.name'])
        .whereRef('contracts.id', '=', 'assignments.contract_id')
        .whereRef('customers.id', '=', 'contracts.customer_id')
        .where('assignments.device_id', 'in', deviceIds)
        .where('assignments.from_at', '<=', at)
        .where((where) =>
          where.or([where('assignments.to_at', 'is', null), where('assignments.to_at', '>', at)]),
        )
        .execute()
      return rows.map((row) => ({
        deviceId: row.device_id as DeviceId,
        customerId: row.customer_id as CustomerId,
        customerName: row.name,
      }))
    },

    async listAssignedDevices(tenant, { after = '', limit }) {
      assertPageLimit(limit)
      const rows = await tenantLedger(ledger, tenant)
        .selectFrom('assignments')
        .select('assignments.device_id')
        .distinct()
        .where('assignments.device_id', '>', after)
        .orderBy('assignments.device_id')
        .limit(limit + 1)
        .execute()
      return toPage(
        rows,
        limit,
        (row) => row.device_id as DeviceId,
        (row) => row.device_id,
      )
    },
  }
}

export function assignmentChanges(
  context: ChangingContext,
): Pick<BillingChanges, 'assignDevice' | 'endAssignment'> {
  const { ledger } = context
  return {
    async assignDevice(manufacturerId, input) {
      checkAssignmentInput(input)
      if (input.reason !== undefined) refuseInput(issuesOfReason(input.reason))
      const contract = await getContract(ledger, manufacturerId, input.contractId)
      assertWithinContract(contract, input)
      const sourcesOf = await sourcesWhereKnown(context.metering, manufacturerId, [input.deviceId])
      await assertSomethingPriced(ledger, contract, sourcesOf(input.deviceId))
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const assignment = await insertAssignment(transaction, context, contract, input)
          await context.onMade(transaction, assignment.id)
          return assignment
        }),
      )
    },

    async endAssignment(manufacturerId, assignmentId, { to, reason }) {
      refuseInput(issuesOfInstant(to, '/to'))
      if (reason !== undefined) refuseInput(issuesOfReason(reason))
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const own = await getAssignment(transaction, manufacturerId, assignmentId)
          return await endAssignment(transaction, context, own, { to, reason })
        }),
      )
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

/**
 * After `checkAssignmentInput`, `assertWithinContract` and `assertSomethingPriced`.
 * @throws AppError `period_already_issued` without a reason, and the ledger's refusal of an overlap
 */
export async function insertAssignment(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes, actor }: ChangingContext,
  contract: Contract,
  { deviceId, from, to, reason }: Omit<AssignmentInput, 'contractId'>,
): Promise<Assignment> {
  await correctInvoiced(transaction, contract, { from, to }, { reason, now: clock.now() })
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
  const assignment = { id, contractId: contract.id, deviceId, from, to }
  await recordChange(transaction, {
    manufacturerId: contract.manufacturerId,
    actor,
    action: 'assignment.created',
    subject: { kind: 'assignment', id },
    after: describeAssignment(assignment),
    reason,
    at: clock.now(),
  })
  return assignment
}

export type OwnAssignment = { readonly assignment: Assignment; readonly contract: Contract }

/** @throws AppError `assignment_not_found` */
export async function getAssignment(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  assignmentId: string,
): Promise<OwnAssignment> {
  const row = await tenantLedger(ledger, manufacturerId)
    .selectFrom('assignments')
    .selectAll('assignments')
    .where('assignments.id', '=', assignmentId)
    .executeTakeFirst()
  if (row === undefined) {
    throw billingErrors.assignment_not_found('Use the id of an assignment of one of your own contracts.')
  }
  const assignment = toAssignment(row)
  return { assignment, contract: await getContract(ledger, manufacturerId, assignment.contractId) }
}

/** With a reason also an assignment that has ended gets another end, earlier or later. */
export async function endAssignment(
  transaction: Transaction<LedgerTables>,
  { clock, actor }: ChangingContext,
  { assignment, contract }: OwnAssignment,
  { to, reason }: { readonly to: number; readonly reason: string | undefined },
): Promise<Assignment> {
  if (assignment.to === to) return assignment
  if (assignment.to !== undefined && reason === undefined) {
    throw billingErrors.assignment_already_ended(
      `Assign the device again, or give the reason for another end: this assignment ended at ${formatInstant(assignment.to)}.`,
    )
  }
  refuseInput(issueUnless(to > assignment.from, '/to', 'Let the assignment end after it begins.'))
  if (to > (contract.endsAt ?? Infinity)) throw outsideContract()
  const changed = {
    from: Math.min(to, assignment.to ?? to),
    to: assignment.to === undefined ? undefined : Math.max(to, assignment.to),
  }
  await correctInvoiced(transaction, contract, changed, { reason, now: clock.now() })
  await transaction.updateTable('assignments').set({ to_at: to }).where('id', '=', assignment.id).execute()
  const ended = { ...assignment, to }
  await recordChange(transaction, {
    manufacturerId: contract.manufacturerId,
    actor,
    action: 'assignment.ended',
    subject: { kind: 'assignment', id: assignment.id },
    before: describeAssignment(assignment),
    after: describeAssignment(ended),
    reason,
    at: clock.now(),
  })
  return ended
}

/** What is invoiced changes for a reason only. @throws AppError `period_already_issued` */
async function correctInvoiced(
  transaction: Transaction<LedgerTables>,
  contract: Contract,
  span: { readonly from: number; readonly to?: number | undefined },
  { reason, now }: { readonly reason: string | undefined; readonly now: number },
): Promise<void> {
  if (reason === undefined) await assertNotInvoiced(transaction, contract.id, span)
  await noteChangedPeriods(transaction, contract, span, now)
}

export function describeAssignment({ contractId, deviceId, from, to }: Assignment): object {
  return {
    contractId,
    deviceId,
    from: formatInstant(from),
    to: to === undefined ? null : formatInstant(to),
  }
}

/** @throws AppError `billing_input_invalid` */
export function checkAssignmentInput({ from, to }: Omit<AssignmentInput, 'contractId'>): void {
  refuseInput([
    ...issuesOfInstant(from, '/from'),
    ...(to === undefined ? [] : issuesOfInstant(to, '/to')),
    ...issueUnless(to === undefined || to > from, '/to', 'Let the assignment end after it begins.'),
  ])
}

/** @throws AppError `assignment_outside_contract` */
export function assertWithinContract(
  { startsAt, endsAt }: Contract,
  { from, to }: Omit<AssignmentInput, 'contractId'>,
): void {
  const endsTooLate = endsAt !== undefined && (to === undefined || to > endsAt)
  if (from < startsAt || endsTooLate) throw outsideContract()
}

/** A device of which the tariff prices nothing at all was assigned by mistake, or a name is misspelt. */
export async function assertSomethingPriced(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  { registers, eventTypes }: DeviceSources,
): Promise<void> {
  const versions = await Promise.all(contract.tariffs.map(({ tariffId }) => readVersions(ledger, tariffId)))
  const priced = versions.flat().map(({ document }) => pricedSources(document))
  const pricedRegisters = priced.flatMap((sources) => [...sources.registers, ...sources.peaks])
  const pricedEvents = priced.flatMap(({ events }) => events)
  const wanted = [...new Set([...pricedRegisters, ...pricedEvents])]
  const hasOne =
    pricedRegisters.some((register) => registers.includes(register)) ||
    pricedEvents.some((type) => eventTypes.includes(type))
  if (wanted.length === 0 || hasOne) return
  const kinds = pricedEvents.length === 0 ? 'registers' : 'registers or event types'
  throw billingErrors.tariff_register_unknown(
    `Assign a device that has one of the ${kinds} that the tariff prices (${wanted.join(', ')}), or correct the tariff; this device has ${[...registers, ...eventTypes].join(', ')}.`,
  )
}

/**
 * Whether a span of the contract may still change: a period whose invoice is void and not issued anew may.
 * @throws AppError `period_already_issued`
 */
export async function assertNotInvoiced(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
  { from, to = Infinity }: { readonly from: number; readonly to?: number | undefined },
): Promise<void> {
  const last = await ledger
    .selectFrom('invoices')
    .select((all) => all.fn.max('period_to_at').as('to_at'))
    .where('contract_id', '=', contractId)
    .where('status', '<>', 'void')
    .where('period_to_at', '>', from)
    .where('period_from_at', '<', Math.min(to, Number.MAX_SAFE_INTEGER))
    .executeTakeFirst()
  const invoicedTo = last?.to_at ?? undefined
  if (invoicedTo === undefined) return
  throw billingErrors.period_already_issued(
    `Choose ${formatInstant(invoicedTo)} or later: the contract is invoiced until then.`,
  )
}

function outsideContract(): Error {
  return billingErrors.assignment_outside_contract(
    'Choose a span between the start and the end of the contract.',
  )
}
