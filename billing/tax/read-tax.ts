/**
 * What an invoice's tax is computed from, out of the ledger, and the note that it was: `decideTaxation(await readTaxFacts(…))` says
 * where the tax is due, `readTaxTable` gives the rates there, `taxLines` computes, and whoever issues the invoice calls
 * `noteRatesUsed` in the same transaction, so that what it rests on stays.
 */
import type { Kysely, Transaction } from 'kysely'
import { assertInvariant, type ManufacturerId } from '../../core/index.ts'
import { gatherCalls, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { Customer } from '../billing-types.ts'
import { findCustomer } from '../people/customers.ts'
import { toTaxRate } from './tax-rates.ts'
import { placesOf } from './tax-table.ts'
import type { TaxFacts, TaxPlace, TaxResult, TaxTable } from './tax-types.ts'

/** Every row of the place, and of the country that it is a part of, that has begun by the day. */
export async function readTaxTable(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  place: TaxPlace,
  date: string,
): Promise<TaxTable> {
  return await readTable(ledger, JSON.stringify([manufacturerId, placesOf(place), date]))
}

/** Many customers have the same table. */
const readTable = gatherCalls(async (ledger: Kysely<LedgerTables>, asked: readonly string[]) => {
  const tables = new Map<string, TaxTable>()
  for (const key of new Set(asked)) {
    const [manufacturerId, places, date] = JSON.parse(key) as [ManufacturerId, readonly TaxPlace[], string]
    const rows = await tenantLedger(ledger, manufacturerId)
      .selectFrom('tax_rates')
      .selectAll('tax_rates')
      .where('tax_rates.place', 'in', places)
      .where('tax_rates.from_on', '<=', date)
      .orderBy('tax_rates.id')
      .execute()
    tables.set(key, rows.map(toTaxRate))
  }
  return asked.map((key) => tables.get(key) ?? [])
})

export async function readTaxFacts(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  customerId: string,
): Promise<TaxFacts> {
  const [seller, customer] = await Promise.all([
    readSeller(ledger, manufacturerId),
    findCustomer(ledger, manufacturerId, customerId),
  ])
  assertInvariant(customer !== undefined, 'Who is taxed is a customer of the manufacturer.')
  return toTaxFacts(seller, customer)
}

const readSeller = gatherCalls(
  async (ledger: Kysely<LedgerTables>, manufacturerIds: readonly ManufacturerId[]) => {
    const rows = await ledger
      .selectFrom('manufacturers')
      .select(['id', 'seller'])
      .where('id', 'in', [...new Set(manufacturerIds)])
      .execute()
    const sellers = new Map(rows.map(({ id, seller }) => [id, seller]))
    return manufacturerIds.map((id) => sellers.get(id) ?? null)
  },
)

/** @param seller the manufacturer's column of that name: who invoices, as JSON */
export function toTaxFacts(
  seller: string | null,
  {
    address,
    taxId,
    taxPlace,
    taxTreatment,
  }: Pick<Customer, 'address' | 'taxId' | 'taxPlace' | 'taxTreatment'>,
): TaxFacts {
  const sellerPlace =
    seller === null ? undefined : (JSON.parse(seller) as { readonly country: string }).country
  return { sellerPlace, customerPlace: taxPlace ?? address?.country, taxId, treatment: taxTreatment }
}

/** From now on the rows that the result rests on neither end nor are replaced up to its day. */
export async function noteRatesUsed(
  transaction: Transaction<LedgerTables>,
  manufacturerId: ManufacturerId,
  { groups }: TaxResult,
): Promise<void> {
  const used = groups.flatMap(({ explanation: { categories, date } }) =>
    categories.flatMap(({ basis }) => (basis.kind === 'rate' ? [{ rateId: basis.rateId, date }] : [])),
  )
  await Promise.all(
    used.map(({ rateId, date }) => noteRateUsed(transaction, JSON.stringify([manufacturerId, rateId, date]))),
  )
}

/** Many invoices rest on the same row. */
const noteRateUsed = gatherCalls(async (transaction: Transaction<LedgerTables>, used: readonly string[]) => {
  for (const key of new Set(used)) {
    const [manufacturerId, rateId, date] = JSON.parse(key) as [ManufacturerId, string, string]
    await tenantLedger(transaction, manufacturerId)
      .updateTable('tax_rates')
      .set({ used_until_on: date })
      .where('id', '=', rateId)
      .where((where) => where.or([where('used_until_on', 'is', null), where('used_until_on', '<', date)]))
      .execute()
  }
  return used.map(() => undefined)
})
