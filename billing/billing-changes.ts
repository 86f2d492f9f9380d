/**
 * What of billing changes something: `billing.by(actor)`. Each change and its entry in the audit trail, in the actor's
 * name, are one transaction.
 */
import type {
  Cadence,
  ContractId,
  CurrencyCode,
  CustomerId,
  DeviceId,
  ExpectedVersions,
  InvoiceId,
  ManufacturerId,
  Period,
  TariffId,
} from '../core/index.ts'
import type {
  Address,
  Assignment,
  CollectionMethod,
  Contract,
  Customer,
  InvoicePayment,
  InvoiceRemark,
  PaymentMethod,
  StoredTaxRate,
} from './billing-words.ts'
import type { CreditNoteChanges } from './credit-notes/credit-note-verbs.ts'
import type { InvoiceDecisions } from './invoices/invoice-decisions.ts'
import type { ManualLineChanges } from './invoices/manual-line-types.ts'
import type { TaxCode, TaxRateKind, TaxTreatment } from './tax/tax-types.ts'
import type { DocumentKind } from './documents/document-progress.ts'

export type CreateContractInput = {
  readonly reference?: string
  readonly customerId: CustomerId
  readonly tariffId: TariffId
  /** IANA name, "Europe/Berlin". */
  readonly timeZone: string
  /** Civil date that the periods are counted from, "2026-01-31". */
  readonly anchorOn: string
  readonly cadence: Cadence
  readonly startsAt: number
  readonly endsAt?: number
}

export type PublishTariffInput = {
  /** Adds a version to this tariff; without it a new tariff is made. */
  readonly tariffId?: TariffId
  /** The name of a new tariff; an existing tariff keeps its name. */
  readonly name: string
  /** From when the version prices contracts that begin with the tariff at this instant or later. */
  readonly effectiveAt: number
  /** From when it prices contracts that had the tariff before `effectiveAt`; `effectiveAt` if left out. */
  readonly runningFrom?: number
  /** Untrusted JSON; see `TariffDocument`. */
  readonly document: unknown
}

/** What is left out stays as it is; null clears. */
export type CustomerChanges = {
  readonly reference?: string | null
  readonly name?: string
  readonly email?: string
  readonly legalName?: string | null
  readonly taxId?: string | null
  readonly purchaseOrderNumber?: string | null
  readonly language?: 'en' | 'de'
  /** ISO 4217. */
  readonly currency?: string | null
  readonly billingEmails?: readonly string[]
  readonly address?: Address | null
  readonly taxTreatment?: TaxTreatment | null
  /** ISO 3166: "DE", "ES-CN". */
  readonly taxPlace?: string | null
  /** 'charge_automatically' unless something else is said. */
  readonly collectionMethod?: CollectionMethod
}

export type AddTaxRateInput = {
  /** ISO 3166: "DE", "ES-CN". */
  readonly place: string
  readonly category: string
  /** Exact: "19", "7.7". */
  readonly percent: string
  readonly kind: TaxRateKind
  /** That of the kind if left out: S, Z or E. */
  readonly code?: TaxCode
  /** Needed for what is exempt. */
  readonly note?: string
  /** The first day, "2021-01-01". */
  readonly from: string
}

export type CreateCustomerInput = CustomerChanges & { readonly name: string; readonly email: string }

export type RecordPaymentInput = {
  readonly amountMinor: bigint
  /** The civil day on which the money came: "2026-11-20". */
  readonly receivedOn: string
  readonly method: PaymentMethod
  /** What the bank says, or the receipt's number. */
  readonly reference?: string
}

/** A line of a list names something that exists by our id or by the manufacturer's own word for it. */
export type Named<Id extends string> = { readonly id: Id } | { readonly reference: string }

/** The reference is what a line is known by when its list comes again. */
export type ListedCustomer = CreateCustomerInput & { readonly reference: string }
export type ListedContract = Omit<CreateContractInput, 'customerId'> & {
  readonly reference: string
  readonly customer: Named<CustomerId>
}
/** Known by its contract, its device and `from`. */
export type ListedAssignment = {
  readonly contract: Named<ContractId>
  readonly deviceId: DeviceId
  readonly from: number
  readonly to?: number
}

export type ListOutcome =
  | { readonly outcome: 'created'; readonly id: string }
  /** Without an id in a dry run where an earlier line would have made it. */
  | { readonly outcome: 'unchanged'; readonly id: string | undefined }
  | { readonly outcome: 'valid' }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

/**
 * Takes at most 500 lines of a list in one transaction; a bad one is refused alone, and one that was taken before with the
 * same content is `unchanged`. Outcomes in the order of the lines. A dry run does the same and takes all of it back.
 */
type TakeLines<Line> = (
  manufacturerId: ManufacturerId,
  lines: readonly Line[],
  options?: { readonly isDryRun?: boolean },
) => Promise<readonly ListOutcome[]>

/** A period that is billed with the contract's next one, and what the bill came to then. */
export type CarriedPeriod = {
  readonly contractId: ContractId
  readonly period: Period
  /** With tax, and with what had been carried before. */
  readonly totalMinor: bigint
  readonly currency: CurrencyCode
}

export type BillingRunReport = {
  /** Invoices issued by this run, in order. */
  readonly issued: readonly InvoiceId[]
  /** Periods whose bill was too small to be charged: this run decided that their lines go on the next invoice. */
  readonly carried: readonly CarriedPeriod[]
  /** Contracts whose period has ended but could not be billed, each with a code and a sentence that says what to do. */
  readonly waiting: readonly {
    readonly contractId: ContractId
    readonly period: Period
    readonly code: string
    readonly detail: string
  }[]
  /** What is worth knowing about invoices that this run issued; see `OnIssued`. */
  readonly remarks: readonly (InvoiceRemark & { readonly invoiceId: InvoiceId })[]
}

export type BillingChanges = CoreChanges & CreditNoteChanges & InvoiceDecisions & ManualLineChanges

type CoreChanges = {
  readonly importCustomers: TakeLines<ListedCustomer>
  readonly importContracts: TakeLines<ListedContract>
  readonly importAssignments: TakeLines<ListedAssignment>

  /** @throws `manufacturer_not_found`, `currency_unsupported`, `customer_exists` for a reference that is taken */
  createCustomer(manufacturerId: ManufacturerId, input: CreateCustomerInput): Promise<Customer>
  /**
   * Changing nothing leaves no trace.
   * @throws `customer_not_found`, `currency_unsupported`, `customer_exists`, `etag_stale`
   */
  updateCustomer(
    manufacturerId: ManufacturerId,
    customerId: string,
    changes: CustomerChanges,
    expected?: ExpectedVersions,
  ): Promise<Customer>

  /**
   * Publishing what is already published at the same instant changes nothing.
   * @throws `tariff_invalid` (with issues), `tariff_not_found`, `tariff_version_exists`, `period_already_issued`
   */
  publishTariff(
    manufacturerId: ManufacturerId,
    input: PublishTariffInput,
  ): Promise<{ readonly tariffId: TariffId; readonly versionId: string }>

  /** @throws `tax_rate_exists`, `tax_rate_in_use` */
  addTaxRate(manufacturerId: ManufacturerId, input: AddTaxRateInput): Promise<StoredTaxRate>
  /**
   * `to` is the day after the last one; on the day on which the rate begins it is taken back. Again on the same day changes nothing.
   * @throws `tax_rate_not_found`, `tax_rate_already_ended`, `tax_rate_in_use`
   */
  endTaxRate(manufacturerId: ManufacturerId, taxRateId: string, to: string): Promise<StoredTaxRate>

  /** @throws `customer_not_found`, `tariff_not_found`, `time_zone_unknown`, `civil_date_invalid`, `contract_exists` */
  createContract(manufacturerId: ManufacturerId, input: CreateContractInput): Promise<Contract>

  /**
   * Moves a contract to another tariff from an instant on. Again the same changes nothing; another tariff from the same
   * instant takes its place.
   * @throws `contract_not_found`, `tariff_not_found`, `contract_not_running`, `period_already_issued`, `etag_stale`,
   * `currency_mismatch` unless `from` is the start of a period
   */
  changeTariff(
    manufacturerId: ManufacturerId,
    contractId: string,
    input: { readonly tariffId: TariffId; readonly from: number },
    expected?: ExpectedVersions,
  ): Promise<Contract>
  /**
   * Moves a contract to another time zone, with the first period that begins at `from` or later. Again the same changes
   * nothing; another zone from the same instant takes its place.
   * @throws `contract_not_found`, `time_zone_unknown`, `contract_not_running`, `period_already_issued`, `etag_stale`,
   * `currency_mismatch` if a later change of currency would then lie inside a period
   */
  changeTimeZone(
    manufacturerId: ManufacturerId,
    contractId: string,
    input: { readonly timeZone: string; readonly from: number },
    expected?: ExpectedVersions,
  ): Promise<Contract>

  /**
   * Makes a span of a contract's time one without fees; what its devices are used for is billed. Without `to` the pause goes on until
   * `resumeContract`. Again the same changes nothing. A fee that was charged in advance for the paused time is corrected on the next invoice.
   * @throws `contract_not_found`, `contract_not_running`, `contract_already_paused`, `period_already_issued`, `etag_stale`
   */
  pauseContract(
    manufacturerId: ManufacturerId,
    contractId: string,
    input: { readonly from: number; readonly to?: number; readonly reason: string },
    expected?: ExpectedVersions,
  ): Promise<Contract>
  /**
   * Ends the pause that holds the instant, there; at its beginning the pause is taken back. Where one ends already nothing changes.
   * @throws `contract_not_found`, `contract_not_paused`, `period_already_issued`, `etag_stale`
   */
  resumeContract(
    manufacturerId: ManufacturerId,
    contractId: string,
    input: { readonly at: number },
    expected?: ExpectedVersions,
  ): Promise<Contract>

  /**
   * Gives a device's usage in `[from, to)` to a contract. With a reason also in periods that are invoiced: the next invoices correct them.
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
      readonly reason?: string
    },
  ): Promise<Assignment>
  /**
   * Ends an open assignment; ending it again at the same instant changes nothing. With a reason also in periods that are invoiced, and an
   * assignment that has ended gets another end: the next invoices correct them.
   * @throws `assignment_not_found`, `assignment_already_ended`, `assignment_overlaps`, `assignment_outside_contract`, `period_already_issued`
   */
  endAssignment(
    manufacturerId: ManufacturerId,
    assignmentId: string,
    input: { readonly to: number; readonly reason?: string | undefined },
  ): Promise<Assignment>
  /**
   * Gives the device's usage from `at` on, or all of it, to another contract of the manufacturer, also in periods that are invoiced: the next
   * invoices of both contracts correct them. Of a contract that has it already nothing changes.
   * @throws `assignment_not_found`, `contract_not_found`, `tariff_register_unknown`, `assignment_outside_contract`
   */
  moveAssignment(
    manufacturerId: ManufacturerId,
    assignmentId: string,
    input: { readonly contractId: string; readonly at?: number | undefined; readonly reason: string },
  ): Promise<Assignment>

  /** Bills every period that has ended and is not yet billed, of one manufacturer or of all. */
  runBilling(input: { readonly manufacturerId?: ManufacturerId }): Promise<BillingRunReport>
  /**
   * Bills the one period of a contract that holds `at`; the invoice that exists already is returned again.
   * @throws `period_not_ended`, `period_carried`, `contract_not_found`, `contract_not_running`, and whatever makes an invoice wait
   */
  billPeriod(manufacturerId: ManufacturerId, contractId: string, at: number): Promise<InvoiceId>

  /** Makes PDF and XML of all that was issued and waits for it. */
  renderDocuments(): Promise<{ readonly rendered: number; readonly failed: number }>
  /** Lets a document whose rendering failed be tried again; changes nothing for any other. @throws `document_not_found` */
  retryDocument(manufacturerId: ManufacturerId, kind: DocumentKind, documentId: string): Promise<void>

  /** Again for a paid invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  markPaid(invoiceId: InvoiceId, paidAt: number): Promise<void>
  /**
   * A payment that did not come through Stripe; what settles the invoice makes it paid.
   * @throws `invoice_not_found`, `invoice_status_invalid`, `payment_exceeds_open`
   */
  recordPayment(
    manufacturerId: ManufacturerId,
    invoiceId: string,
    input: RecordPaymentInput,
  ): Promise<InvoicePayment>
  /**
   * Takes a recorded payment back; an invoice that it had settled is open again. Again for the same reason changes nothing.
   * @throws `invoice_not_found`, `payment_not_found`, `payment_already_reversed`
   */
  reversePayment(
    manufacturerId: ManufacturerId,
    invoiceId: string,
    paymentId: string,
    reason: string,
  ): Promise<InvoicePayment>
  /** Again for a void invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  markVoid(invoiceId: InvoiceId): Promise<void>
  /** Again for such an invoice changes nothing. @throws `invoice_not_found`, `invoice_status_invalid` */
  markUncollectible(invoiceId: InvoiceId): Promise<void>
}
