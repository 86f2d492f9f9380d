/**
 * What billing offers to the other folders: the words of its face. `create-billing.ts` builds it.
 *
 * Everything takes the manufacturer whose data it is; what belongs to another manufacturer reads as absent (I12).
 */
import type {
  AssignmentId,
  CadenceUnit,
  ContractId,
  CurrencyCode,
  CustomerId,
  DeviceId,
  InvoiceId,
  ManufacturerId,
  Period,
  TariffId,
} from '../core/index.ts'
import type { RatedLine } from './rating/rating-types.ts'

export type Manufacturer = {
  readonly id: ManufacturerId
  readonly name: string
  /** Begins every invoice number: "ACME-000001". */
  readonly invoicePrefix: string
}

export type Customer = {
  readonly id: CustomerId
  readonly manufacturerId: ManufacturerId
  readonly name: string
  readonly email: string
}

export type Contract = {
  readonly id: ContractId
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId
  readonly tariffId: TariffId
  readonly timeZone: string
  readonly anchorOn: string
  readonly cadence: { readonly unit: CadenceUnit; readonly count: number }
  readonly startsAt: number
  readonly endsAt: number | undefined
}

export type Assignment = {
  readonly id: AssignmentId
  readonly contractId: ContractId
  readonly deviceId: DeviceId
  readonly from: number
  readonly to: number | undefined
}

export type TariffVersion = {
  readonly tariffId: TariffId
  /** SHA-256 of the canonical document, in hex. */
  readonly id: string
  readonly effectiveAt: number
  readonly document: unknown
}

/** What the running period costs so far. At the same cutoff a draft has exactly these lines (I6). */
export type LiveBill = {
  readonly contractId: ContractId
  readonly customerId: CustomerId
  readonly period: Period
  readonly currency: CurrencyCode
  /** Usage up to this instant is included. */
  readonly cutoffAt: number
  readonly lines: readonly RatedLine[]
  readonly totalMinor: bigint
}

export type InvoiceStatus = 'draft' | 'issued' | 'paid' | 'void' | 'uncollectible'

export type Invoice = {
  readonly id: InvoiceId
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId
  readonly contractId: ContractId
  readonly number: string | undefined
  readonly status: InvoiceStatus
  readonly currency: CurrencyCode
  readonly period: Period
  readonly cutoffAt: number
  readonly lines: readonly RatedLine[]
  readonly totalMinor: bigint
  readonly issuedAt: number | undefined
  readonly paidAt: number | undefined
  readonly stripeInvoiceId: string | undefined
}

/** Where every unit that a device's register advanced in a span went (I3, I11). */
export type RegisterReconciliation = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly period: Period
  readonly advanced: bigint
  readonly billed: bigint
  readonly notBillable: bigint
  readonly unassigned: bigint
  readonly held: bigint
}

export type BillingRunReport = {
  /** Invoices issued by this run, in order. */
  readonly issued: readonly InvoiceId[]
  /** Contracts whose period has ended but could not be billed, each with a code and a sentence that says what to do. */
  readonly waiting: readonly {
    readonly contractId: ContractId
    readonly period: Period
    readonly code: string
    readonly detail: string
  }[]
}
