/**
 * What a tenant may see of each table of the ledger. A manufacturer sees what is its own; a customer's people what is
 * their customer's; the installation what belongs to no manufacturer: its own people, trail and mails, and nothing of the rest.
 * `nobody` is for tables that only parts of ours read: queues, secrets, sessions.
 *
 * A table that hangs on a parent asks whether this row's parent is the tenant's (`exists`): a list of all the parents (`in`)
 * would be made for every query, however few rows it is about.
 */
import { sql, type Kysely, type SelectQueryNode } from 'kysely'
import {
  assertInvariant,
  customerOfTenant,
  manufacturerOfTenant,
  type CustomerId,
  type ManufacturerId,
  type Tenant,
} from '../core/index.ts'
import type { LedgerTables } from './ledger-tables.ts'

/** Whoever runs the server: the tenant of what belongs to no manufacturer. */
export const installationTenant = { isInstallation: true } as const

export type LedgerTenant = Tenant | typeof installationTenant

export type TenantView = (
  ledger: Kysely<LedgerTables>,
  tenant: LedgerTenant,
) => { toOperationNode(): SelectQueryNode }

/** Null for the installation, whose rows name none. */
export function ownManufacturer(tenant: LedgerTenant): ManufacturerId | null {
  return isInstallation(tenant) ? null : manufacturerOfTenant(tenant)
}

/** Undefined for whoever has all customers of a manufacturer; null for the installation, whose rows name none. */
export function ownCustomer(tenant: LedgerTenant): CustomerId | undefined | null {
  return isInstallation(tenant) ? null : customerOfTenant(tenant)
}

function isInstallation(tenant: LedgerTenant): tenant is typeof installationTenant {
  return typeof tenant === 'object' && 'isInstallation' in tenant
}

function manufacturerOf(tenant: LedgerTenant): ManufacturerId {
  assertInvariant(!isInstallation(tenant), 'The installation sees nothing of a manufacturer.')
  return manufacturerOfTenant(tenant)
}

function customerOf(tenant: LedgerTenant): CustomerId | undefined {
  return ownCustomer(tenant) ?? undefined
}

/** A manufacturer's office or the installation's. */
function officeOf(tenant: LedgerTenant): ManufacturerId | null {
  assertInvariant(
    customerOf(tenant) === undefined,
    'A customer has neither trail, mails, keys, webhooks nor tax rates.',
  )
  return ownManufacturer(tenant)
}

const customers: TenantView = (ledger, tenant) => {
  const customerId = customerOf(tenant)
  return ledger
    .selectFrom('customers')
    .selectAll('customers')
    .where('customers.manufacturer_id', '=', manufacturerOf(tenant))
    .$if(customerId !== undefined, (query) => query.where('customers.id', '=', String(customerId)))
}

function ownContracts(ledger: Kysely<LedgerTables>, tenant: LedgerTenant) {
  const customerId = customerOf(tenant)
  return ledger
    .selectFrom('contracts')
    .where('contracts.manufacturer_id', '=', manufacturerOf(tenant))
    .$if(customerId !== undefined, (query) => query.where('contracts.customer_id', '=', String(customerId)))
}

function ownInvoices(ledger: Kysely<LedgerTables>, tenant: LedgerTenant) {
  const customerId = customerOf(tenant)
  return ledger
    .selectFrom('invoices')
    .where('invoices.manufacturer_id', '=', manufacturerOf(tenant))
    .$if(customerId !== undefined, (query) => query.where('invoices.customer_id', '=', String(customerId)))
}

/** Rows that hang on a contract. */
function ofOwnContracts(
  table:
    | 'assignments'
    | 'carried_periods'
    | 'contract_pauses'
    | 'contract_tariffs'
    | 'contract_zones'
    | 'manual_lines',
): TenantView {
  return (ledger, tenant) =>
    ledger
      .selectFrom(table)
      .selectAll(table)
      .where((where) =>
        where.exists(
          ownContracts(ledger, tenant)
            .select('contracts.id')
            .whereRef('contracts.id', '=', sql.ref(`${table}.contract_id`)),
        ),
      )
}

/** Rows that hang on an invoice. */
function ofOwnInvoices(
  table:
    | 'invoice_lines'
    | 'invoice_taxes'
    | 'invoice_payments'
    | 'invoice_reminders'
    | 'late_periods'
    | 'stripe_invoices'
    | 'stripe_left_invoices'
    | 'stripe_payment_states'
    | 'stripe_refunds',
): TenantView {
  return (ledger, tenant) =>
    ledger
      .selectFrom(table)
      .selectAll(table)
      .where((where) =>
        where.exists(
          ownInvoices(ledger, tenant)
            .select('invoices.id')
            .whereRef('invoices.id', '=', sql.ref(`${table}.invoice_id`)),
        ),
      )
}

function ownCreditNotes(ledger: Kysely<LedgerTables>, tenant: LedgerTenant) {
  const customerId = customerOf(tenant)
  return ledger
    .selectFrom('credit_notes')
    .where('credit_notes.manufacturer_id', '=', manufacturerOf(tenant))
    .$if(customerId !== undefined, (query) =>
      query.where('credit_notes.customer_id', '=', String(customerId)),
    )
}

/** Rows that hang on a credit note. */
function ofOwnCreditNotes(
  table: 'credit_note_lines' | 'credit_note_taxes' | 'credited_corrections' | 'stripe_credit_notes',
): TenantView {
  return (ledger, tenant) =>
    ledger
      .selectFrom(table)
      .selectAll(table)
      .where((where) =>
        where.exists(
          ownCreditNotes(ledger, tenant)
            .select('credit_notes.id')
            .whereRef('credit_notes.id', '=', sql.ref(`${table}.credit_note_id`)),
        ),
      )
}

/** A customer sees the tariffs that its contracts have at some time only. */
function ownTariffs(ledger: Kysely<LedgerTables>, tenant: LedgerTenant) {
  return ledger
    .selectFrom('tariffs')
    .where('tariffs.manufacturer_id', '=', manufacturerOf(tenant))
    .$if(customerOf(tenant) !== undefined, (query) =>
      query.where(
        'tariffs.id',
        'in',
        ownContracts(ledger, tenant)
          .innerJoin('contract_tariffs', 'contract_tariffs.contract_id', 'contracts.id')
          .select('contract_tariffs.tariff_id'),
      ),
    )
}

function ownEndpoints(ledger: Kysely<LedgerTables>, tenant: LedgerTenant) {
  officeOf(tenant)
  return ledger
    .selectFrom('webhook_endpoints')
    .where('webhook_endpoints.manufacturer_id', '=', manufacturerOf(tenant))
}

/** A manufacturer's include those of its customers' people. */
function ownMemberships(ledger: Kysely<LedgerTables>, tenant: LedgerTenant) {
  const customerId = customerOf(tenant)
  return ledger
    .selectFrom('memberships')
    .where('memberships.manufacturer_id', 'is', ownManufacturer(tenant))
    .$if(customerId !== undefined, (query) => query.where('memberships.customer_id', '=', String(customerId)))
}

export const tenantViews: Readonly<Record<keyof LedgerTables, TenantView | 'nobody'>> = {
  customers,
  contracts: (ledger, tenant) => ownContracts(ledger, tenant).selectAll('contracts'),
  assignments: ofOwnContracts('assignments'),
  contract_tariffs: ofOwnContracts('contract_tariffs'),
  contract_zones: ofOwnContracts('contract_zones'),
  carried_periods: ofOwnContracts('carried_periods'),
  contract_pauses: ofOwnContracts('contract_pauses'),
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
  invoice_lines: ofOwnInvoices('invoice_lines'),
  invoice_taxes: ofOwnInvoices('invoice_taxes'),
  issued_documents: (ledger, tenant) => {
    const customerId = customerOf(tenant)
    return ledger
      .selectFrom('issued_documents')
      .selectAll('issued_documents')
      .where('issued_documents.manufacturer_id', '=', manufacturerOf(tenant))
      .$if(customerId !== undefined, (query) =>
        query.where('issued_documents.customer_id', '=', String(customerId)),
      )
  },
  late_periods: ofOwnInvoices('late_periods'),
  invoice_payments: ofOwnInvoices('invoice_payments'),
  invoice_reminders: ofOwnInvoices('invoice_reminders'),
  stripe_invoices: ofOwnInvoices('stripe_invoices'),
  stripe_payment_records: (ledger, tenant) =>
    ledger
      .selectFrom('stripe_payment_records')
      .selectAll('stripe_payment_records')
      .where((where) =>
        where.exists(
          ownInvoices(ledger, tenant)
            .innerJoin('invoice_payments', 'invoice_payments.invoice_id', 'invoices.id')
            .select('invoice_payments.id')
            .whereRef('invoice_payments.id', '=', sql.ref('stripe_payment_records.payment_id')),
        ),
      ),
  stripe_left_invoices: ofOwnInvoices('stripe_left_invoices'),
  stripe_payment_states: ofOwnInvoices('stripe_payment_states'),
  stripe_refunds: ofOwnInvoices('stripe_refunds'),
  credit_notes: (ledger, tenant) => ownCreditNotes(ledger, tenant).selectAll('credit_notes'),
  credit_note_lines: ofOwnCreditNotes('credit_note_lines'),
  credited_corrections: ofOwnCreditNotes('credited_corrections'),
  credit_note_taxes: ofOwnCreditNotes('credit_note_taxes'),
  stripe_credit_notes: ofOwnCreditNotes('stripe_credit_notes'),
  manual_lines: ofOwnContracts('manual_lines'),
  api_keys: (ledger, tenant) => {
    officeOf(tenant)
    return ledger
      .selectFrom('api_keys')
      .selectAll('api_keys')
      .where('api_keys.manufacturer_id', '=', manufacturerOf(tenant))
  },
  outbox_steps: (ledger, tenant) => {
    officeOf(tenant)
    return ledger
      .selectFrom('outbox_steps')
      .selectAll('outbox_steps')
      .where('outbox_steps.manufacturer_id', '=', manufacturerOf(tenant))
  },
  tax_rates: (ledger, tenant) => {
    officeOf(tenant)
    return ledger
      .selectFrom('tax_rates')
      .selectAll('tax_rates')
      .where('tax_rates.manufacturer_id', '=', manufacturerOf(tenant))
  },
  memberships: (ledger, tenant) => ownMemberships(ledger, tenant).selectAll('memberships'),
  people: (ledger, tenant) =>
    ledger
      .selectFrom('people')
      .selectAll('people')
      .where('people.id', 'in', ownMemberships(ledger, tenant).select('memberships.person_id')),
  audit_entries: (ledger, tenant) =>
    ledger
      .selectFrom('audit_entries')
      .selectAll('audit_entries')
      .where('audit_entries.manufacturer_id', 'is', officeOf(tenant)),
  mails: (ledger, tenant) =>
    ledger.selectFrom('mails').selectAll('mails').where('mails.manufacturer_id', 'is', officeOf(tenant)),
  webhook_endpoints: (ledger, tenant) => ownEndpoints(ledger, tenant).selectAll('webhook_endpoints'),
  webhook_events: (ledger, tenant) => {
    officeOf(tenant)
    return ledger
      .selectFrom('webhook_events')
      .selectAll('webhook_events')
      .where('webhook_events.manufacturer_id', '=', manufacturerOf(tenant))
  },
  webhook_deliveries: (ledger, tenant) =>
    ledger
      .selectFrom('webhook_deliveries')
      .selectAll('webhook_deliveries')
      .where((where) =>
        where.exists(
          ownEndpoints(ledger, tenant)
            .select('webhook_endpoints.id')
            .whereRef('webhook_endpoints.id', '=', sql.ref('webhook_deliveries.endpoint_id')),
        ),
      ),
  webhook_attempts: (ledger, tenant) =>
    ledger
      .selectFrom('webhook_attempts')
      .selectAll('webhook_attempts')
      .where((where) =>
        where.exists(
          ownEndpoints(ledger, tenant)
            .innerJoin('webhook_deliveries', 'webhook_deliveries.endpoint_id', 'webhook_endpoints.id')
            .select('webhook_endpoints.id')
            .whereRef('webhook_deliveries.id', '=', sql.ref('webhook_attempts.delivery_id')),
        ),
      ),
  webhook_cursors: 'nobody',
  manufacturers: 'nobody',
  number_series: 'nobody',
  credit_note_series: 'nobody',
  sign_in_links: 'nobody',
  verifications: 'nobody',
  accounts: 'nobody',
  sessions: 'nobody',
  idempotency_keys: 'nobody',
  jobs: 'nobody',
  stripe_customers: 'nobody',
  stripe_events: 'nobody',
  invoice_inputs: 'nobody',
}
