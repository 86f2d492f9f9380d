/**
 * What billing offers to the other folders: the words of its face. `create-billing.ts` builds it.
 *
 * Everything takes the manufacturer whose data it is; what belongs to another manufacturer reads as absent (I12).
 */
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type {
  AssignmentId,
  CadenceUnit,
  Clock,
  ContractId,
  CurrencyCode,
  CustomerId,
  DeviceId,
  InvoiceId,
  ManufacturerId,
  Period,
  RandomBytes,
  TariffId,
} from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { Metering, Page } from '../metering/index.ts'
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
  /** Usage that is in no line because it cannot be billed yet; empty on an ordinary day. */
  readonly held: readonly HeldUsage[]
}

/** Usage of a contract's devices that waits for a person: in no line, and not lost. */
export type HeldUsage = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly from: number
  readonly to: number
  readonly code: 'hand_over_unclear'
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

export type CreateContractInput = {
  readonly customerId: CustomerId
  readonly tariffId: TariffId
  /** IANA name, "Europe/Berlin". */
  readonly timeZone: string
  /** Civil date that the periods are counted from, "2026-01-31". */
  readonly anchorOn: string
  readonly cadence: { readonly unit: CadenceUnit; readonly count: number }
  readonly startsAt: number
  readonly endsAt?: number
}

export type PublishTariffInput = {
  /** Adds a version to this tariff; without it a new tariff is made. */
  readonly tariffId?: TariffId
  /** The name of a new tariff; an existing tariff keeps its name. */
  readonly name: string
  readonly effectiveAt: number
  /** Untrusted JSON; see `TariffDocument`. */
  readonly document: unknown
}

export type PageRequest = { readonly after?: string; readonly limit: number }

export type InvoiceFilter = {
  readonly customerId?: string
  readonly contractId?: string
  readonly status?: InvoiceStatus
}

/** Part of the transaction that issues an invoice; what it writes is there if and only if the invoice is. */
export type OnIssued = (transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) => Promise<void>

export type BillingOptions = {
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Pick<Metering, 'findDevice' | 'findModel' | 'listDevices' | 'readUsage'>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'fatal'>
  readonly onIssued: OnIssued
  /** How long after a period's end an invoice waits for devices that have not reported past it; 3 days by default. */
  readonly graceMs?: number
  /**
   * When devices could begin to report, in milliseconds: the grace is not over before it has passed since then. A server
   * that was down for days gives its devices their time.
   */
  readonly reachableSince?: number
}

/**
 * The face of billing. `findX` gives undefined for what is absent; everything else throws `AppError`s declared in
 * `errors.ts`. Invalid input throws `billing_input_invalid` with one issue per mistake.
 */
export type Billing = {
  createManufacturer(input: { readonly name: string; readonly invoicePrefix: string }): Promise<Manufacturer>
  findManufacturer(manufacturerId: string): Promise<Manufacturer | undefined>
  listManufacturers(): Promise<readonly Manufacturer[]>

  /** @throws `manufacturer_not_found` */
  createCustomer(
    manufacturerId: ManufacturerId,
    input: { readonly name: string; readonly email: string },
  ): Promise<Customer>
  findCustomer(manufacturerId: ManufacturerId, customerId: string): Promise<Customer | undefined>
  /** In order of id. */
  listCustomers(manufacturerId: ManufacturerId, page: PageRequest): Promise<Page<Customer>>

  /**
   * Publishing what is already published at the same instant changes nothing.
   * @throws `tariff_invalid` (with issues), `tariff_not_found`, `tariff_version_exists`, `period_already_issued`
   */
  publishTariff(
    manufacturerId: ManufacturerId,
    input: PublishTariffInput,
  ): Promise<{ readonly tariffId: TariffId; readonly versionId: string }>
  /** In order of `effectiveAt`; empty also for a tariff of another manufacturer. */
  listTariffVersions(manufacturerId: ManufacturerId, tariffId: string): Promise<readonly TariffVersion[]>

  /** @throws `customer_not_found`, `tariff_not_found`, `time_zone_unknown`, `civil_date_invalid` */
  createContract(manufacturerId: ManufacturerId, input: CreateContractInput): Promise<Contract>
  findContract(manufacturerId: ManufacturerId, contractId: string): Promise<Contract | undefined>
  /** In order of id. */
  listContracts(
    manufacturerId: ManufacturerId,
    page: PageRequest & { readonly customerId?: string },
  ): Promise<Page<Contract>>

  /**
   * Gives a device's usage in `[from, to)` to a contract.
   * @throws `contract_not_found`, `device_not_found`, `tariff_register_unknown`, `assignment_overlaps`,
   * `assignment_outside_contract`, `period_already_issued`
   */
  assignDevice(
    manufacturerId: ManufacturerId,
    input: {
      readonly contractId: ContractId
      readonly deviceId: DeviceId
      readonly from: number
      readonly to?: number
    },
  ): Promise<Assignment>
  /** In order of `from`. */
  listAssignments(
    manufacturerId: ManufacturerId,
    filter: { readonly contractId?: string; readonly deviceId?: string },
  ): Promise<readonly Assignment[]>
  /**
   * Ends an open assignment; ending it again at the same instant changes nothing.
   * @throws `assignment_not_found`, `assignment_already_ended`, `period_already_issued`
   */
  endAssignment(manufacturerId: ManufacturerId, assignmentId: string, to: number): Promise<Assignment>

  /**
   * The bill over the usage before `cutoffAt` (now, unless an earlier instant is given) in the period which that usage
   * falls in: at the very end of a period it is the whole period's bill.
   * @throws `contract_not_found`, `contract_not_running`, `cutoff_in_future`, and whatever stops an invoice (I8)
   */
  liveBill(manufacturerId: ManufacturerId, contractId: string, cutoffAt?: number): Promise<LiveBill>

  /** Bills every period that has ended and is not yet billed, of one manufacturer or of all. */
  runBilling(input: { readonly manufacturerId?: ManufacturerId }): Promise<BillingRunReport>
  /**
   * Bills the one period of a contract that holds `at`; the invoice that exists already is returned again.
   * @throws `period_not_ended`, `contract_not_found`, `contract_not_running`, and whatever makes an invoice wait
   */
  billPeriod(manufacturerId: ManufacturerId, contractId: string, at: number): Promise<InvoiceId>

  /** Newest first. @throws `cursor_invalid` */
  listInvoices(manufacturerId: ManufacturerId, page: PageRequest & InvoiceFilter): Promise<Page<Invoice>>
  findInvoice(manufacturerId: ManufacturerId, invoiceId: string): Promise<Invoice | undefined>

  /** Again for a paid invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  markPaid(invoiceId: InvoiceId, paidAt: number): Promise<void>
  /** Again for a void invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  markVoid(invoiceId: InvoiceId): Promise<void>
  /** Again for such an invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  markUncollectible(invoiceId: InvoiceId): Promise<void>

  /** One row per device and register, in that order: `advanced = billed + notBillable + unassigned + held` (I3). */
  reconcile(manufacturerId: ManufacturerId, period: Period): Promise<readonly RegisterReconciliation[]>
}
