/** Contracts: a customer's dated agreement to a tariff. */
import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  assertTimeZone,
  formatInstant,
  generateId,
  getCivilDate,
  plainCadence,
  type ContractId,
  type CustomerId,
  type ManufacturerId,
  type TariffId,
  type Tenant,
} from '../../core/index.ts'
import { gatherCalls, holdsText, readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingChanges, CreateContractInput, Named } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Billing, Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { assertPageLimit, issuesOfInstant, issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { contractSorts, type ContractQuery } from '../list-sorts.ts'
import { readOwn, type Owned } from '../read-own.ts'
import { customerNotFound, findNamedCustomer } from '../people/customers.ts'
import { hasTariff } from '../tariffs/publish-tariff.ts'
import { readVersions } from '../tariffs/tariff-versions.ts'
import { assertCurrencyBorders } from './currency-borders.ts'
import { readPauses, selectPauses } from './pause-rows.ts'
import { readTariffTerms, readZoneTerms, selectTariffTerms, selectZoneTerms } from './contract-terms.ts'

/** Of days, weeks, months or years. */
const MAX_CADENCE_COUNT = 400

type ContractRow = Selectable<LedgerTables['contracts']> & {
  readonly customer_name: string
  readonly tariff_name: string
  readonly tariff_terms: string | null
  readonly zone_terms: string | null
  readonly pauses: string | null
}

export function contractReads({
  ledger,
  clock,
}: BillingContext): Pick<Billing, 'findContract' | 'listContracts'> {
  return {
    findContract: (tenant, contractId) => findContract(ledger, tenant, contractId),

    async listContracts(tenant, { customerId, tariffId, deviceId, state, text, ...page }) {
      assertPageLimit(page.limit)
      const own = tenantLedger(ledger, tenant)
      let query = selectContracts(own)
      if (customerId !== undefined) query = query.where('contracts.customer_id', '=', customerId)
      if (tariffId !== undefined) {
        const having = ledger
          .selectFrom('contract_tariffs')
          .select('contract_id')
          .where('tariff_id', '=', tariffId)
        query = query.where('contracts.id', 'in', having)
      }
      if (deviceId !== undefined) {
        const having = ledger
          .selectFrom('assignments')
          .select('contract_id')
          .where('device_id', '=', deviceId)
        query = query.where('contracts.id', 'in', having)
      }
      if (state !== undefined) query = query.where(isInState(state, clock.now()))
      if (text !== undefined) {
        query = query.where(
          holdsText(text, ['customers.name', 'tariffs.name', 'contracts.reference'], 'contracts.id'),
        )
      }
      const { items, nextAfter } = await readSortedPage(query, contractSorts, page)
      return { items: items.map(toContract), nextAfter }
    },
  }
}

export function contractChanges(context: ChangingContext): Pick<BillingChanges, 'createContract'> {
  const { ledger } = context
  return {
    async createContract(manufacturerId, input) {
      checkContractInput(input)
      return await ledger.transaction().execute(async (transaction) => {
        const { reference, customerId } = input
        if ((await findNamedCustomer(transaction, manufacturerId, { id: customerId })) === undefined) {
          throw customerNotFound()
        }
        if (
          reference !== undefined &&
          (await findNamedContract(transaction, manufacturerId, { reference })) !== undefined
        ) {
          throw billingErrors.contract_exists(
            `Choose another reference; "${reference}" is another contract's.`,
          )
        }
        const id = await insertContract(transaction, context, manufacturerId, input)
        await context.onMade(transaction, id)
        return await getContract(transaction, manufacturerId, id)
      })
    },
  }
}

/**
 * After `checkContractInput`, in a transaction that knows the customer and has found the reference free.
 * @throws AppError `tariff_not_found`, `currency_mismatch`
 */
export async function insertContract(
  transaction: Transaction<LedgerTables>,
  { clock, randomBytes, actor }: ChangingContext,
  manufacturerId: ManufacturerId,
  input: CreateContractInput,
): Promise<ContractId> {
  if (!(await hasTariff(transaction, manufacturerId, input.tariffId))) {
    throw billingErrors.tariff_not_found('Use the id of one of your own tariffs.')
  }
  const id = generateId('contract', randomBytes)
  const at = clock.now()
  const { timeZone, anchorOn, startsAt, endsAt } = input
  const cadence = plainCadence(input.cadence)
  const dated = { timeZones: [{ timeZone, from: startsAt }], anchorOn, cadence, startsAt, endsAt }
  const span = { from: startsAt, to: endsAt ?? Infinity }
  assertCurrencyBorders(dated, span, await readVersions(transaction, input.tariffId))
  await tenantLedger(transaction, manufacturerId)
    .insertInto('contracts')
    .values({
      id,
      manufacturer_id: manufacturerId,
      reference: input.reference ?? null,
      customer_id: input.customerId,
      tariff_id: input.tariffId,
      time_zone: input.timeZone,
      anchor_on: input.anchorOn,
      cadence_unit: cadence.unit,
      cadence_count: cadence.count,
      starts_at: input.startsAt,
      ends_at: input.endsAt ?? null,
      created_at: at,
    })
    .execute()
  await recordChange(transaction, {
    manufacturerId,
    actor,
    action: 'contract.created',
    subject: { kind: 'contract', id },
    after: describe({ ...input, cadence }),
    at,
  })
  return id
}

function isInState(state: NonNullable<ContractQuery['state']>, now: number) {
  switch (state) {
    case 'upcoming':
      return sql<boolean>`contracts.starts_at > ${now}`
    case 'running':
      return sql<boolean>`contracts.starts_at <= ${now} AND coalesce(contracts.ends_at > ${now}, true)`
    case 'ended':
      return sql<boolean>`contracts.ends_at <= ${now}`
  }
}

/** Contracts with the names of their customer and tariff, and what they agree on over time. */
export function selectContracts(ledger: Kysely<LedgerTables>) {
  return ledger
    .selectFrom('contracts')
    .innerJoin('customers', 'customers.id', 'contracts.customer_id')
    .innerJoin('tariffs', 'tariffs.id', 'contracts.tariff_id')
    .selectAll('contracts')
    .select((all) => [
      'customers.name as customer_name',
      'tariffs.name as tariff_name',
      selectTariffTerms(all),
      selectZoneTerms(all),
      selectPauses(all),
    ])
}

async function findContract(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  contractId: string,
): Promise<Contract | undefined> {
  return await findOwnContract(ledger, { tenant, id: contractId })
}

const findOwnContract = gatherCalls((ledger: Kysely<LedgerTables>, asked: readonly Owned[]) =>
  readOwn(asked, async (tenant, ids) => {
    const rows = await selectContracts(tenantLedger(ledger, tenant))
      .where('contracts.id', 'in', ids)
      .execute()
    return rows.map(toContract)
  }),
)

/** By our id or by the manufacturer's reference. */
export async function findNamedContract(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  named: Named<ContractId>,
): Promise<Contract | undefined> {
  if ('id' in named) return await findContract(ledger, tenant, named.id)
  const row = await selectContracts(tenantLedger(ledger, tenant))
    .where('contracts.reference', '=', named.reference)
    .executeTakeFirst()
  return row === undefined ? undefined : toContract(row)
}

/** @throws AppError `contract_not_found` */
export async function getContract(
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
  contractId: string,
): Promise<Contract> {
  const contract = await findContract(ledger, tenant, contractId)
  if (contract === undefined)
    throw billingErrors.contract_not_found('Use the id of one of your own contracts.')
  return contract
}

/** The end of the contract's last invoiced period, undefined without any. */
export const readInvoicedTo = gatherCalls(
  async (ledger: Kysely<LedgerTables>, contractIds: readonly ContractId[]) => {
    const rows = await ledger
      .selectFrom('invoices')
      .select((all) => ['contract_id', all.fn.max('period_to_at').as('last_to_at')])
      .where('contract_id', 'in', contractIds)
      .groupBy('contract_id')
      .execute()
    const lastTo = new Map(rows.map((row) => [row.contract_id, row.last_to_at] as const))
    return contractIds.map((id) => lastTo.get(id) ?? undefined)
  },
)

/** Where the contract's first period begins that is neither invoiced nor carried onto the next invoice; undefined before any was closed. */
export const readClosedTo = gatherCalls(
  async (ledger: Kysely<LedgerTables>, contractIds: readonly ContractId[]) => {
    const rows = await ledger
      .selectFrom('invoices')
      .select((all) => ['contract_id', all.fn.max('period_to_at').as('last_to_at')])
      .where('contract_id', 'in', contractIds)
      .groupBy('contract_id')
      .unionAll((union) =>
        union
          .selectFrom('carried_periods')
          .select((all) => ['contract_id', all.fn.max('period_to_at').as('last_to_at')])
          .where('contract_id', 'in', contractIds)
          .groupBy('contract_id'),
      )
      .execute()
    const lastTo = Map.groupBy(rows, (row) => row.contract_id)
    return contractIds.map((id) => {
      const ends = lastTo.get(id)?.map((row) => row.last_to_at)
      return ends === undefined ? undefined : Math.max(...ends)
    })
  },
)

export function toContract(row: ContractRow): Contract {
  return {
    id: row.id as ContractId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    reference: row.reference ?? undefined,
    customerId: row.customer_id as CustomerId,
    tariffId: row.tariff_id as TariffId,
    timeZone: row.time_zone,
    anchorOn: row.anchor_on,
    cadence: { unit: row.cadence_unit, count: Number(row.cadence_count) },
    startsAt: row.starts_at,
    endsAt: row.ends_at ?? undefined,
    tariffs: readTariffTerms(row.tariff_terms),
    timeZones: readZoneTerms(row.zone_terms),
    pauses: readPauses(row.pauses),
    customerName: row.customer_name,
    tariffName: row.tariff_name,
  }
}

/** @throws AppError `billing_input_invalid`, `time_zone_unknown`, `civil_date_invalid` */
export function checkContractInput(input: Omit<CreateContractInput, 'customerId'>): void {
  const { reference, timeZone, anchorOn, cadence, startsAt, endsAt } = input
  assertTimeZone(timeZone)
  getCivilDate(anchorOn)
  const { count } = cadence
  const unitsPerCount = plainCadence({ ...cadence, count: 1 }).count
  const maxCount = Math.floor(MAX_CADENCE_COUNT / unitsPerCount)
  refuseInput([
    ...(reference === undefined ? [] : issuesOfName(reference, '/reference')),
    ...issueUnless(
      Number.isSafeInteger(count) && count >= 1 && count <= maxCount,
      '/cadence/count',
      `Give a whole number from 1 to ${maxCount}.`,
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

function describe({ startsAt, endsAt, ...terms }: CreateContractInput): object {
  return {
    ...terms,
    startsAt: formatInstant(startsAt),
    endsAt: endsAt === undefined ? null : formatInstant(endsAt),
  }
}
