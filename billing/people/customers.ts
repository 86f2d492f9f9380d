import type { Selectable } from 'kysely'
import { generateId, type CustomerId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { BillingContext } from '../billing-context.ts'
import type { Billing, Customer } from '../billing-types.ts'
import { assertPageLimit, issuesOfName, issueUnless, refuseInput } from '../input-check.ts'
import { toPage } from '../page.ts'
import { assertManufacturer } from './manufacturers.ts'

const emailPattern = /^[^\s@]+@[^\s@]+$/

export function customerVerbs({
  ledger,
  clock,
  randomBytes,
}: BillingContext): Pick<Billing, 'createCustomer' | 'findCustomer' | 'listCustomers'> {
  return {
    async createCustomer(manufacturerId, { name, email }) {
      refuseInput([
        ...issuesOfName(name, '/name'),
        ...issueUnless(
          emailPattern.test(email) && email.length <= 254,
          '/email',
          'Write an address such as "site@example.com".',
        ),
      ])
      await assertManufacturer(ledger, manufacturerId)
      const id = generateId('customer', randomBytes)
      const created_at = clock.now()
      await ledger
        .insertInto('customers')
        .values({ id, manufacturer_id: manufacturerId, name, email, created_at })
        .execute()
      return { id, manufacturerId, name, email }
    },

    async findCustomer(manufacturerId, customerId) {
      const row = await ledger
        .selectFrom('customers')
        .selectAll()
        .where('id', '=', customerId)
        .where('manufacturer_id', '=', manufacturerId)
        .executeTakeFirst()
      return row === undefined ? undefined : toCustomer(row)
    },

    async listCustomers(manufacturerId, { after = '', limit }) {
      assertPageLimit(limit)
      const rows = await ledger
        .selectFrom('customers')
        .selectAll()
        .where('manufacturer_id', '=', manufacturerId)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toCustomer, (row) => row.id)
    },
  }
}

function toCustomer(row: Selectable<LedgerTables['customers']>): Customer {
  return {
    id: row.id as CustomerId,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    name: row.name,
    email: row.email,
  }
}
