/** Memberships that count: accepted and not removed, in a fixed order, the first one accepted first. */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../../db/index.ts'

/** The memberships of a person that give access, with the names of their tenants. */
export function membershipsOfPerson(ledger: Kysely<LedgerTables>, personId: string) {
  return ledger
    .selectFrom('memberships')
    .leftJoin('manufacturers', 'manufacturers.id', 'memberships.manufacturer_id')
    .leftJoin('customers', 'customers.id', 'memberships.customer_id')
    .select([
      'memberships.id',
      'memberships.role',
      'memberships.manufacturer_id',
      'manufacturers.name as manufacturer_name',
      'memberships.customer_id',
      'customers.name as customer_name',
    ])
    .where('memberships.person_id', '=', personId)
    .where('memberships.accepted_at', 'is not', null)
    .where('memberships.removed_at', 'is', null)
    .orderBy('memberships.accepted_at')
    .orderBy('memberships.id')
}
