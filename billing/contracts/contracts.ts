import type { Kysely, Selectable } from 'kysely'
import {
  assertTimeZone,
  generateId,
  getCivilDate,
  type ContractId,
  type CustomerId,
  type ManufacturerId,
  type TariffId,
} from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, Contract, CreateContractInput } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { assertPageLimit, issuesOfInstant, issueUnless, refuseInput } from '../input-check.ts'
import { toPage } from '../page.ts'
import { hasTariff } from '../tariffs/publish-tariff.ts'

const MAX_CADENCE_COUNT = 400

export function contractVerbs(
  context: BillingContext,
): Pick<Billing, 'createContract' | 'findContract' | 'listContracts'> {
  const { ledger } = context
  return {
    async createContract(manufacturerId, input) {
      checkContractInput(input)
      return await ledger.transaction().execute(async (transaction) => {
        await assertCustomer(transaction, manufacturerId, input.customerId)
        if (!(await hasTariff(transaction, manufacturerId, input.tariffId))) {
          throw billingErrors.tariff_not_found('Use the id of one of your own tariffs.')
        }
        const { customerId, tariffId, timeZone, anchorOn, cadence, startsAt, endsAt } = input
        const dates = { timeZone, anchorOn, cadence, startsAt, endsAt }
        const id = generateId('contract', context.randomBytes)
        const contract = { id, manufacturerId, customerId, tariffId, ...dates }
        await insertContract(transaction, contract, context.clock.now())
        return contract
      })
    },

    async findContract(manufacturerId, contractId) {
      return await findContract(ledger, manufacturerId, contractId)
    },

    async listContracts(manufacturerId, { after = '', limit, customerId }) {
      assertPageLimit(limit)
      const rows = await ledger
        .selectFrom('contracts')
        .selectAll()
        .where('manufacturer_id', '=', manufacturerId)
        .where('id', '>', after)
        .$if(customerId !== undefined, (query) => query.where('customer_id', '=', customerId ?? ''))
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toContract, (row) => row.id)
    },
  }
}

async function findContract(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  contractId: string,
): Promise<Contract | undefined> {
  const row = await ledger
    .selectFrom('contracts')
    .selectAll()
    .where('id', '=', contractId)
    .where('manufacturer_id', '=', manufacturerId)
    .executeTakeFirst()
  return row === undefined ? undefined : toContract(row)
}

/** @throws AppError `contract_not_found` */
export async function getContract(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  contractId: string,
): Promise<Contract> {
  const contract = await findContract(ledger, manufacturerId, contractId)
  if (contract === undefined)
    throw billingErrors.contract_not_found('Use the id of one of your own contracts.')
  return contract
}

/** The end of the contract's last invoiced period, undefined without any. */
export async function readInvoicedTo(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
): Promise<number | undefined> {
  const row = await ledger
    .selectFrom('invoices')
    .select((all) => all.fn.max('period_to_at').as('last_to_at'))
    .where('contract_id', '=', contractId)
    .executeTakeFirst()
  return row?.last_to_at ?? undefined
}

export function toContract(row: Selectable<LedgerTables['contracts']>): Contract {
  return {
    id: row.id as ContractId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    customerId: row.customer_id as CustomerId,
    tariffId: row.tariff_id as TariffId,
    timeZone: row.time_zone,
    anchorOn: row.anchor_on,
    cadence: { unit: row.cadence_unit, count: Number(row.cadence_count) },
    startsAt: row.starts_at,
    endsAt: row.ends_at ?? undefined,
  }
}

function checkContractInput({ timeZone, anchorOn, cadence, startsAt, endsAt }: CreateContractInput): void {
  assertTimeZone(timeZone)
  getCivilDate(anchorOn)
  const { count } = cadence
  refuseInput([
    ...issueUnless(
      Number.isSafeInteger(count) && count >= 1 && count <= MAX_CADENCE_COUNT,
      '/cadence/count',
      `Give a whole number from 1 to ${MAX_CADENCE_COUNT}.`,
    ),
    ...issuesOfInstant(startsAt, '/startsAt'),
    ...(endsAt === undefined ? [] : issuesOfInstant(endsAt, '/endsAt')),
    ...issueUnless(
      endsAt === undefined || endsAt > startsAt,
      '/endsAt',
      'Let the contract end after it starts.',
    ),
  ])
}

async function assertCustomer(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  customerId: CustomerId,
): Promise<void> {
  const row = await ledger
    .selectFrom('customers')
    .select('id')
    .where('id', '=', customerId)
    .where('manufacturer_id', '=', manufacturerId)
    .executeTakeFirst()
  if (row === undefined) throw billingErrors.customer_not_found('Use the id of one of your own customers.')
}

async function insertContract(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  createdAt: number,
): Promise<void> {
  await ledger
    .insertInto('contracts')
    .values({
      id: contract.id,
      manufacturer_id: contract.manufacturerId,
      customer_id: contract.customerId,
      tariff_id: contract.tariffId,
      time_zone: contract.timeZone,
      anchor_on: contract.anchorOn,
      cadence_unit: contract.cadence.unit,
      cadence_count: contract.cadence.count,
      starts_at: contract.startsAt,
      ends_at: contract.endsAt ?? null,
      created_at: createdAt,
    })
    .execute()
}
