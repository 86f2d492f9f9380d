/**
 * What a tenant may see of each table of the ledger. A manufacturer sees what is its own; a customer's people what is
 * their customer's. `nobody` is for tables that only parts of ours read: queues, secrets, sessions.
 *
 * A table that hangs on a parent asks whether this row's parent is the tenant's (`exists`): a list of all the parents (`in`)
 * would be made for every query, however few rows it is about.
 */
import { sql, type Kysely, type SelectQueryNode } from 'kysely'
import { assertInvariant, customerOfTenant, manufacturerOfTenant, type Tenant } from '../core/index.ts'
import type { LedgerTables } from './ledger-tables.ts'

export type TenantView = (
  ledger: Kysely<LedgerTables>,
  tenant: Tenant,
) => { toOperationNode(): SelectQueryNode }

const customers: TenantView = (ledger, tenant) => {
  const customerId = customerOfTenant(tenant)
  return ledger
    .selectFrom('customers')
    .selectAll('customers')
    .where('customers.manufacturer_id', '=', manufacturerOfTenant(tenant))
    .$if(customerId !== undefined, (query) => query.where('customers.id', '=', String(customerId)))
}

function ownContracts(ledger: Kysely<LedgerTables>, tenant: Tenant) {
  const customerId = customerOfTenant(tenant)
  return ledger
    .selectFrom('contracts')
    .where('contracts.manufacturer_id', '=', manufacturerOfTenant(tenant))
    .$if(customerId !== undefined, (query) => query.where('contracts.customer_id', '=', String(customerId)))
}

function ownInvoices(ledger: Kysely<LedgerTables>, tenant: Tenant) {
  const customerId = customerOfTenant(tenant)
  return ledger
    .selectFrom('invoices')
    .where('invoices.manufacturer_id', '=', manufacturerOfTenant(tenant))
    .$if(customerId !== undefined, (query) => query.where('invoices.customer_id', '=', String(customerId)))
}

/** A customer sees the tariffs of its contracts only. */
function ownTariffs(ledger: Kysely<LedgerTables>, tenant: Tenant) {
  return ledger
    .selectFrom('tariffs')
    .where('tariffs.manufacturer_id', '=', manufacturerOfTenant(tenant))
    .$if(customerOfTenant(tenant) !== undefined, (query) =>
      query.where('tariffs.id', 'in', ownContracts(ledger, tenant).select('contracts.tariff_id')),
    )
}

export const tenantViews: Readonly<Record<keyof LedgerTables, TenantView | 'nobody'>> = {
  customers,
  contracts: (ledger, tenant) => ownContracts(ledger, tenant).selectAll('contracts'),
  assignments: (ledger, tenant) =>
    ledger
      .selectFrom('assignments')
      .selectAll('assignments')
      .where((where) =>
        where.exists(
          ownContracts(ledger, tenant)
            .select('contracts.id')
            .whereRef('contracts.id', '=', sql.ref('assignments.contract_id')),
        ),
      ),
  tariffs: (ledger, tenant) => ownTariffs(ledger, tenant).selectAll('tariffs'),
  tariff_versions: (ledger, tenant) =>
    ledger
      .selectFrom('tariff_versions')
      .selectAll('tariff_versions')
      .where((where) =>
        where.exists(
          ownTariffs(ledger, tenant)
            .select('tariffs.id')
            .whereRef('tariffs.id', '=', sql.ref('tariff_versions.tariff_id')),
        ),
      ),
  invoices: (ledger, tenant) => ownInvoices(ledger, tenant).selectAll('invoices'),
  invoice_lines: (ledger, tenant) =>
    ledger
      .selectFrom('invoice_lines')
      .selectAll('invoice_lines')
      .where((where) =>
        where.exists(
          ownInvoices(ledger, tenant)
            .select('invoices.id')
            .whereRef('invoices.id', '=', sql.ref('invoice_lines.invoice_id')),
        ),
      ),
  stripe_invoices: (ledger, tenant) =>
    ledger
      .selectFrom('stripe_invoices')
      .selectAll('stripe_invoices')
      .where((where) =>
        where.exists(
          ownInvoices(ledger, tenant)
            .select('invoices.id')
            .whereRef('invoices.id', '=', sql.ref('stripe_invoices.invoice_id')),
        ),
      ),
  api_keys: (ledger, tenant) => {
    assertInvariant(customerOfTenant(tenant) === undefined, 'A customer has no API keys.')
    return ledger
      .selectFrom('api_keys')
      .selectAll('api_keys')
      .where('api_keys.manufacturer_id', '=', manufacturerOfTenant(tenant))
  },
  audit_entries: 'nobody',
  manufacturers: 'nobody',
  number_series: 'nobody',
  sign_in_links: 'nobody',
  verifications: 'nobody',
  accounts: 'nobody',
  sessions: 'nobody',
  memberships: 'nobody',
  people: 'nobody',
  idempotency_keys: 'nobody',
  jobs: 'nobody',
  mails: 'nobody',
  stripe_customers: 'nobody',
  stripe_events: 'nobody',
  outbox_steps: 'nobody',
}
