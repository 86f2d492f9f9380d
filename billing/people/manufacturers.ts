/** Manufacturers as billing reads them; `people/` makes and describes them. */
import type { Kysely, Selectable } from 'kysely'
import type { ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, Manufacturer } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'

export function manufacturerReads({
  ledger,
}: BillingContext): Pick<Billing, 'findManufacturer' | 'listManufacturers'> {
  return {
    async findManufacturer(manufacturerId) {
      const row = await ledger
        .selectFrom('manufacturers')
        .selectAll()
        .where('id', '=', manufacturerId)
        .executeTakeFirst()
      return row === undefined ? undefined : toManufacturer(row)
    },

    async listManufacturers() {
      const rows = await ledger.selectFrom('manufacturers').selectAll().orderBy('id').execute()
      return rows.map(toManufacturer)
    },
  }
}

/** @throws AppError `manufacturer_not_found` */
export async function assertManufacturer(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
): Promise<void> {
  const row = await ledger
    .selectFrom('manufacturers')
    .select('id')
    .where('id', '=', manufacturerId)
    .executeTakeFirst()
  if (row === undefined)
    throw billingErrors.manufacturer_not_found('Use the id of a manufacturer that exists.')
}

function toManufacturer(row: Selectable<LedgerTables['manufacturers']>): Manufacturer {
  return { id: row.id as ManufacturerId, name: row.name, invoicePrefix: row.invoice_prefix }
}
