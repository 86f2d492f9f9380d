/** Keeps a query of the ledger within a tenant (I12): one manufacturer's rows, or those of one of its customers. */
import { sql, type Expression, type SqlBool } from 'kysely'
import { customerOfTenant, manufacturerOfTenant, type Tenant } from '../core/index.ts'

const customerColumns = {
  customers: 'customers.id',
  contracts: 'contracts.customer_id',
  invoices: 'invoices.customer_id',
} as const

/** A condition for `where`, on the table as the query names it. */
export function ofTenant(tenant: Tenant, table: keyof typeof customerColumns): Expression<SqlBool> {
  const ofManufacturer = sql<SqlBool>`${sql.ref(`${table}.manufacturer_id`)} = ${manufacturerOfTenant(tenant)}`
  const customerId = customerOfTenant(tenant)
  if (customerId === undefined) return ofManufacturer
  return sql<SqlBool>`(${ofManufacturer} and ${sql.ref(customerColumns[table])} = ${customerId})`
}
