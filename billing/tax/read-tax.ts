/**
 * What an invoice's tax is computed from, out of the ledger, and the note that it was: `decideTaxation(await readTaxFacts(…))` says
 * where the tax is due, `readTaxTable` gives the rates there, `taxLines` computes, and whoever issues the invoice calls
 * `noteRatesUsed` in the same transaction, so that what it rests on stays.
 */
import type { Kysely, Transaction } from 'kysely'
import { assertInvariant, type ManufacturerId } from '../../core/index.ts'
import { tenantLedger, type LedgerTables } from '../../db/index.ts'
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
  const rows = await tenantLedger(ledger, manufacturerId)
    .selectFrom('tax_rates')
    .selectAll('tax_rates')
    .where('tax_rates.place', 'in', placesOf(place))
    .where('tax_rates.from_on', '<=', date)
    .orderBy('tax_rates.id')
    .execute()
  return rows.map(toTaxRate)
}

export async function readTaxFacts(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  customerId: string,
): Promise<TaxFacts> {
  const { seller } = await ledger
    .selectFrom('manufacturers')
    .select('seller')
    .where('id', '=', manufacturerId)
    .executeTakeFirstOrThrow()
  const customer = await findCustomer(ledger, manufacturerId, customerId)
  assertInvariant(customer !== undefined, 'Who is taxed is a customer of the manufacturer.')
  return toTaxFacts(seller, customer)
}

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
  for (const { explanation } of groups) {
    const ids = explanation.categories.flatMap(({ basis }) => (basis.kind === 'rate' ? [basis.rateId] : []))
    if (ids.length === 0) continue
    await tenantLedger(transaction, manufacturerId)
      .updateTable('tax_rates')
      .set({ used_until_on: explanation.date })
      .where('id', 'in', ids)
      .where((where) =>
        where.or([where('used_until_on', 'is', null), where('used_until_on', '<', explanation.date)]),
      )
      .execute()
  }
}
