/**
 * What billing offers to the other folders: the words of its face. `create-billing.ts` builds it.
 *
 * Everything takes the manufacturer whose data it is; what belongs to another manufacturer reads as absent (I12).
 */
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type {
  Actor,
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
  Tenant,
} from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { Metering, MeteringFeed, Page } from '../metering/index.ts'
import type { DocumentKind, DocumentProgress } from './documents/document-progress.ts'
import type { BillChoice, BillDifference, NotCompared } from './bill-choices.ts'
import type { BillingChanges } from './billing-changes.ts'
import type {
  Assignment,
  Contract,
  Customer,
  InvoicePayment,
  InvoiceReminder,
  InvoiceRemark,
  InvoiceStatus,
  Manufacturer,
  StoredTaxRate,
  Tariff,
} from './billing-words.ts'
import type {
  AssignmentFilter,
  AssignmentQuery,
  ContractQuery,
  CustomerQuery,
  InvoiceQuery,
  TariffQuery,
  TaxRateQuery,
} from './list-sorts.ts'
import type { CreditNoteReads } from './credit-notes/credit-note-verbs.ts'
import type { ManualLineReads } from './invoices/manual-line-types.ts'
import type { RatedLine } from './rating/rating-types.ts'
import type { Prices, TaxGroup } from './tax/tax-types.ts'

export type * from './billing-words.ts'

export type TariffVersion = {
  readonly tariffId: TariffId
  /** SHA-256 of the canonical document, in hex. */
  readonly id: string
  readonly effectiveAt: number
  /** From when it prices the contracts that were running before `effectiveAt`. */
  readonly runningFrom: number
  readonly document: unknown
}

/** A line of a bill or invoice: of its own period, or the signed correction of an earlier invoice. */
export type BillLine = RatedLine & { readonly correctsId?: InvoiceId }

/** What the running period costs so far. At the same cutoff a draft has exactly these lines (I6). */
export type LiveBill = {
  readonly contractId: ContractId
  readonly customerId: CustomerId
  readonly period: Period
  readonly currency: CurrencyCode
  /** Usage up to this instant is included. */
  readonly cutoffAt: number
  /** Earlier periods whose lines are on this bill, since alone they were too little to be charged. */
  readonly carried: readonly { readonly period: Period; readonly linesMinor: bigint }[]
  readonly lines: readonly BillLine[]
  /** The sum of the lines: not yet what is to be paid. */
  readonly linesMinor: bigint
  /** Without tax there is no total, but what would hold the invoice. */
  readonly tax: LiveTax | { readonly problem: { readonly code: string; readonly detail: string } }
  /** Usage that is in no line because it cannot be billed yet; empty on an ordinary day. */
  readonly held: readonly HeldUsage[]
  /** Usage that is in no line by rule: what a device ran for service or tests. */
  readonly notBillable: readonly NotBillableUsage[]
}

export type LiveTax = {
  readonly prices: Prices
  readonly taxes: readonly TaxGroup[]
  readonly netMinor: bigint
  readonly taxMinor: bigint
  /** With tax: what is to be paid. */
  readonly totalMinor: bigint
}

export type BillPreview = LiveBill & { readonly difference: BillDifference | NotCompared }

/** Usage of a contract's devices that waits for a person: in no line, and not lost. */
export type HeldUsage = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly from: number
  readonly to: number
  readonly code: 'hand_over_unclear' | 'peak_not_measured'
}

/** What a register advanced while an event ran whose type is not billable. */
export type NotBillableUsage = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly from: number
  readonly to: number
  readonly quantity: bigint
  /** The type of the event. */
  readonly reason: string
  readonly eventId: string
}

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
  readonly lines: readonly BillLine[]
  /** Whether the amounts of the lines are before tax or hold it. */
  readonly prices: Prices
  /** One for each rate; empty for an invoice of before there was tax. */
  readonly taxes: readonly TaxGroup[]
  readonly netMinor: bigint
  readonly taxMinor: bigint
  /** With tax: what is to be paid. */
  readonly totalMinor: bigint
  /** Given back by credit notes, with tax. */
  readonly creditedMinor: bigint
  /** What was paid of it, what is still to be paid, and the balance; see `payments/settlement.ts`. */
  readonly paidMinor: bigint
  readonly openMinor: bigint
  readonly balanceMinor: bigint
  /** Why somebody made it void or wrote it off. */
  readonly statusReason: string | undefined
  /** The void invoice that it was issued for anew. */
  readonly replacesId: InvoiceId | undefined
  /** The invoice that was issued for this void one. */
  readonly replacedById: InvoiceId | undefined
  /** The last day for paying, "2026-11-15"; undefined where nothing is to be paid. */
  readonly dueOn: string | undefined
  readonly issuedAt: number | undefined
  readonly paidAt: number | undefined
  readonly stripeInvoiceId: string | undefined
  /** Undefined for an invoice of before there were documents, and for a draft. */
  readonly document: DocumentProgress | undefined
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

/** What the next billing run would do; it changes nothing. */
export type BillingForecast = {
  readonly ready: readonly (OpenPeriod & {
    readonly totalMinor: bigint
    readonly currency: CurrencyCode
    /** Too small to be charged: the run is going to carry it onto the next invoice. */
    readonly isToBeCarried: boolean
  })[]
  readonly carried: readonly ContractToCarry[]
  /** Each with a code and a sentence that says what to do. */
  readonly waiting: readonly (OpenPeriod & { readonly code: string; readonly detail: string })[]
}

/** What goes on the contract's next invoice: from the first carried period to the last, and what the bill came to then. */
export type ContractToCarry = OpenPeriod & { readonly totalMinor: bigint; readonly currency: CurrencyCode }

/** A contract's first period that has ended and is not billed. */
export type OpenPeriod = {
  readonly contractId: ContractId
  readonly customerId: CustomerId
  readonly customerName: string
  readonly period: Period
}

/** Part of the transaction that issues an invoice; what it writes is there if and only if the invoice is. */
export type OnIssued = (
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
) => Promise<readonly InvoiceRemark[]>

/** Part of the transaction that stores PDF and XML of an invoice or credit note, with its id. */
export type OnRendered = (transaction: Transaction<LedgerTables>, documentId: string) => Promise<void>

export type BillingOptions = {
  readonly ledger: Kysely<LedgerTables>
  readonly metering: Pick<
    Metering,
    | 'countMissingReadings'
    | 'findDevice'
    | 'findDevices'
    | 'findModelsOf'
    | 'listDevices'
    | 'listHolds'
    | 'listModels'
    | 'pinUsage'
    | 'readEvents'
    | 'readMetrics'
    | 'readRunningEvents'
    | 'readUsage'
  > & { readonly feed: Pick<MeteringFeed, 'moveCursor' | 'readCursor' | 'readLateChanges'> }
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'fatal'>
  readonly onIssued: OnIssued
  readonly onRendered?: OnRendered
  /** The customer's own page of an invoice, which its documents name. */
  readonly billUrlOf?: (invoiceId: InvoiceId) => string | undefined
  /** Part of each transaction that changes an issued invoice: paid, open again, void, written off, a credit note on it. */
  readonly onInvoiceChanged?: (transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) => Promise<void>
  /** Part of the transaction in which an invoice becomes paid, whoever says so. */
  readonly onPaid?: (transaction: Transaction<LedgerTables>, invoiceId: InvoiceId) => Promise<void>
  /**
   * The least that can be charged, in minor units: a bill above zero and below it is carried onto the next invoice. Zero carries nothing, as
   * does leaving this out.
   */
  readonly minimumChargeOf?: (manufacturerId: ManufacturerId, currency: CurrencyCode) => Promise<bigint>
  /** How long after a period's end an invoice waits for devices that have not reported past it; 3 days by default. */
  readonly graceMs?: number
  /**
   * When devices could begin to report, in milliseconds: the grace is not over before it has passed since then. A server
   * that was down for days gives its devices their time.
   */
  readonly reachableSince?: number
}

/**
 * Called in the transaction that makes a single customer, contract, tariff, assignment or payment, with its id: what it writes is
 * there if and only if the thing is, and if it throws, neither is.
 */
export type OnMade = (transaction: Transaction<LedgerTables>, madeId: string) => Promise<void>

/**
 * The face of billing: what it tells, and `by(actor)` for what changes something. `findX` gives undefined for what is
 * absent; everything else throws `AppError`s declared in `errors.ts`. Invalid input throws `billing_input_invalid` with
 * one issue per mistake. A customer as tenant sees only what is its own.
 */
export type Billing = CoreReads & CreditNoteReads & ManualLineReads

type CoreReads = {
  /** The changing verbs, each in this actor's name. */
  by(actor: Actor, onMade?: OnMade): BillingChanges

  findManufacturer(manufacturerId: string): Promise<Manufacturer | undefined>
  listManufacturers(): Promise<readonly Manufacturer[]>

  findCustomer(tenant: Tenant, customerId: string): Promise<Customer | undefined>
  /** Every list that comes in pages: @throws `cursor_invalid` */
  listCustomers(tenant: Tenant, query: CustomerQuery): Promise<Page<Customer>>
  countCustomers(tenant: Tenant): Promise<number>

  listTariffs(manufacturerId: ManufacturerId, query: TariffQuery): Promise<Page<Tariff>>
  findTariff(manufacturerId: ManufacturerId, tariffId: string): Promise<Tariff | undefined>
  /** In order of `effectiveAt`; empty also for a tariff of another manufacturer. */
  listTariffVersions(manufacturerId: ManufacturerId, tariffId: string): Promise<readonly TariffVersion[]>

  listTaxRates(manufacturerId: ManufacturerId, query: TaxRateQuery): Promise<Page<StoredTaxRate>>
  findTaxRate(manufacturerId: ManufacturerId, taxRateId: string): Promise<StoredTaxRate | undefined>

  findContract(tenant: Tenant, contractId: string): Promise<Contract | undefined>
  listContracts(tenant: Tenant, query: ContractQuery): Promise<Page<Contract>>
  /** All of them in order of `from`; for what hangs on a contract or a device. */
  listAssignments(tenant: Tenant, filter: AssignmentFilter): Promise<readonly Assignment[]>
  findAssignments(tenant: Tenant, query: AssignmentQuery): Promise<Page<Assignment>>
  /** Who of the tenant has each of the devices at the instant. */
  listHolders(
    tenant: Tenant,
    deviceIds: readonly DeviceId[],
    at: number,
  ): Promise<
    readonly { readonly deviceId: DeviceId; readonly customerId: CustomerId; readonly customerName: string }[]
  >
  /** Devices that are or were assigned to a contract of the tenant, in order of id. */
  listAssignedDevices(
    tenant: Tenant,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<Page<DeviceId>>

  /**
   * The bill over the usage before `cutoffAt` (now, unless an earlier instant is given) in the period which that usage
   * falls in: at the very end of a period it is the whole period's bill.
   * @throws `contract_not_found`, `contract_not_running`, `cutoff_in_future`, and whatever stops an invoice (I8)
   */
  liveBill(tenant: Tenant, contractId: string, cutoffAt?: number): Promise<LiveBill>
  /**
   * The bill over the whole period that holds `at`, or else of the last one that has ended.
   * @throws `period_not_ended`, and as `liveBill`
   */
  draftBill(tenant: Tenant, contractId: string, at?: number): Promise<LiveBill>
  /**
   * Goes through what changed in metering since the last time and notes which issued invoices it is behind; a billing run
   * does so first. Live bills have corrections of what is noted.
   */
  noticeLateUsage(): Promise<void>
  /**
   * The bill of any period up to any cutoff that has come, under the tariff in force or another one, and the difference to
   * that in force. Nothing is stored. A customer's tariffs are those that its contracts have at some time.
   * @throws `tariff_not_found`, `tariff_invalid` (with issues), and as `liveBill`
   */
  previewBill(tenant: Tenant, contractId: string, choice: BillChoice): Promise<BillPreview>
  /** Rates the first open period of every contract of the manufacturer. */
  forecastBilling(manufacturerId: ManufacturerId): Promise<BillingForecast>

  listInvoices(tenant: Tenant, query: InvoiceQuery): Promise<Page<Invoice>>
  findInvoice(tenant: Tenant, invoiceId: string): Promise<Invoice | undefined>
  /** PDF and XML of an invoice or credit note. @throws `document_not_found`, `document_not_rendered` */
  readDocument(
    tenant: Tenant,
    kind: DocumentKind,
    documentId: string,
  ): Promise<{ readonly number: string; readonly pdf: Uint8Array; readonly xml: string }>

  /** Recorded payments of an invoice in the order in which they were recorded; empty for an invoice that is not the tenant's. */
  listPayments(tenant: Tenant, invoiceId: string): Promise<readonly InvoicePayment[]>
  /** Reminders that were sent for an invoice, the first one first. */
  listReminders(tenant: Tenant, invoiceId: string): Promise<readonly InvoiceReminder[]>

  /** One row per device and register, in that order: `advanced = billed + notBillable + unassigned + held` (I3). */
  reconcile(manufacturerId: ManufacturerId, period: Period): Promise<readonly RegisterReconciliation[]>
}
