import type { Kysely, Selectable } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { generateId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingChanges } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Billing, Manufacturer } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { issuesOfName, issueUnless, refuseInput } from '../input-check.ts'

const prefixPattern = /^[A-Z][A-Z0-9]{1,11}$/

export function manufacturerChanges({
  ledger,
  clock,
  randomBytes,
  actor,
}: ChangingContext): Pick<BillingChanges, 'createManufacturer'> {
  return {
    async createManufacturer({ name, invoicePrefix }) {
      refuseInput([
        ...issuesOfName(name, '/name'),
        ...issueUnless(
          prefixPattern.test(invoicePrefix),
          '/invoicePrefix',
          'Write 2 to 12 capitals and digits, beginning with a capital.',
        ),
      ])
      const id = generateId('manufacturer', randomBytes)
      const at = clock.now()
      await ledger.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('manufacturers')
          .values({ id, name, invoice_prefix: invoicePrefix, created_at: at })
          .execute()
        await recordChange(transaction, {
          manufacturerId: id,
          actor,
          action: 'manufacturer.created',
          subject: { kind: 'manufacturer', id },
          after: { name, invoicePrefix },
          at,
        })
      })
      return { id, name, invoicePrefix }
    },
  }
}

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
