/** What the lists of billing can be sorted by, and what each takes to choose from. */
import type { ListSorts, PageRequest } from '../db/index.ts'
import type { Period } from '../core/index.ts'
import type { InvoiceStatus } from './billing-words.ts'

/** After every instant. */
const NEVER = Number.MAX_SAFE_INTEGER

export const customerSorts = {
  id: 'customers.id',
  by: {
    id: 'customers.id',
    name: 'lower(customers.name)',
    email: 'lower(customers.email)',
    createdAt: 'customers.created_at',
  },
  usual: 'id',
} as const satisfies ListSorts

export const tariffSorts = {
  id: 'tariffs.id',
  by: { id: 'tariffs.id', name: 'lower(tariffs.name)', createdAt: 'tariffs.created_at' },
  usual: 'id',
} as const satisfies ListSorts

export const taxRateSorts = {
  id: 'tax_rates.id',
  by: {
    place: "tax_rates.place || ' ' || tax_rates.category || ' ' || tax_rates.from_on",
    from: 'tax_rates.from_on',
    createdAt: 'tax_rates.created_at',
  },
  usual: 'place',
} as const satisfies ListSorts

export const contractSorts = {
  id: 'contracts.id',
  by: {
    id: 'contracts.id',
    startsAt: 'contracts.starts_at',
    endsAt: `coalesce(contracts.ends_at, ${NEVER})`,
    customerName: 'lower(customers.name)',
    tariffName: 'lower(tariffs.name)',
  },
  usual: 'id',
} as const satisfies ListSorts

export const assignmentSorts = {
  id: 'assignments.id',
  by: {
    from: 'assignments.from_at',
    to: `coalesce(assignments.to_at, ${NEVER})`,
    deviceId: 'assignments.device_id',
  },
  usual: 'from',
} as const satisfies ListSorts

export const invoiceSorts = {
  id: 'invoices.id',
  by: {
    createdAt: 'invoices.created_at',
    issuedAt: `coalesce(invoices.issued_at, ${NEVER})`,
    number: "coalesce(invoices.number, '')",
    total: 'invoices.total_minor',
  },
  usual: '-createdAt',
} as const satisfies ListSorts

export type CustomerQuery = PageRequest<typeof customerSorts> & {
  /** Part of the name or e-mail address, or the id. */
  readonly text?: string
}

export type TariffQuery = PageRequest<typeof tariffSorts> & {
  /** Part of the name, or the id. */
  readonly text?: string
}

export type TaxRateQuery = PageRequest<typeof taxRateSorts> & {
  /** Exactly this one: of "ES" not those of "ES-CN". */
  readonly place?: string
  readonly category?: string
}

export type ContractQuery = PageRequest<typeof contractSorts> & {
  readonly customerId?: string
  readonly tariffId?: string
  /** Contracts that have or had it. */
  readonly deviceId?: string
  /** Now. */
  readonly state?: 'upcoming' | 'running' | 'ended'
  /** Part of the name of the customer or the tariff, or the id. */
  readonly text?: string
}

export type AssignmentFilter = {
  readonly contractId?: string
  readonly contractIds?: readonly string[]
  readonly deviceId?: string
}

export type AssignmentQuery = PageRequest<typeof assignmentSorts> &
  AssignmentFilter & {
    readonly customerId?: string
    /** Only those that have some time in common with it. */
    readonly within?: Period
  }

export type InvoiceFilter = {
  readonly customerId?: string
  readonly contractId?: string
  readonly status?: InvoiceStatus
  /** Only those issued in this span. */
  readonly issued?: Period
  /** Part of the number, or the id. */
  readonly text?: string
}

export type InvoiceQuery = PageRequest<typeof invoiceSorts> & InvoiceFilter
