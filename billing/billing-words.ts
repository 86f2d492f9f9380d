/** The things that people make in billing: manufacturers, customers, tariffs, contracts and assignments. */
import type {
  Actor,
  AssignmentId,
  Cadence,
  ContractId,
  CurrencyCode,
  CustomerId,
  DeviceId,
  InvoiceId,
  ManufacturerId,
  PaymentId,
  TariffId,
  TaxRateId,
} from '../core/index.ts'
import type { TaxPlace, TaxRate, TaxTreatment } from './tax/tax-types.ts'

export type Manufacturer = {
  readonly id: ManufacturerId
  readonly name: string
  /** Begins every invoice number: "ACME-000001". */
  readonly invoicePrefix: string
}

/** Whether Stripe charges what the customer saved, or mails the invoice and waits until the due day. */
export type CollectionMethod = 'charge_automatically' | 'send_invoice'

export type Address = {
  readonly lines: readonly string[]
  readonly postalCode: string
  readonly city: string
  /** ISO 3166-1 alpha-2: "DE". */
  readonly country: string
}

/** Who pays: a billing account with what an invoice is made out to. */
export type Customer = {
  readonly id: CustomerId
  readonly manufacturerId: ManufacturerId
  /** What the manufacturer's own books call it; no two of a manufacturer share one. */
  readonly reference: string | undefined
  readonly name: string
  readonly email: string
  readonly legalName: string | undefined
  readonly taxId: string | undefined
  readonly purchaseOrderNumber: string | undefined
  readonly language: 'en' | 'de'
  readonly currency: CurrencyCode | undefined
  /** Where invoices go; `email` if empty. */
  readonly billingEmails: readonly string[]
  readonly address: Address | undefined
  /** What the manufacturer decided; undefined where the rule of tax id and address is to decide. */
  readonly taxTreatment: TaxTreatment | undefined
  /** Where the customer is for tax, if not in the country of its address. */
  readonly taxPlace: TaxPlace | undefined
  readonly collectionMethod: CollectionMethod
  readonly createdAt: number
}

/** A row of the manufacturer's table of tax rates. */
export type StoredTaxRate = TaxRate & {
  readonly id: TaxRateId
  /** The last day that an issued invoice was taxed for by it. */
  readonly usedUntil: string | undefined
  readonly createdAt: number
}

export type Tariff = {
  readonly id: TariffId
  readonly name: string
  readonly createdAt: number
  /** In order of `effectiveAt`. */
  readonly versions: readonly {
    readonly id: string
    readonly effectiveAt: number
    readonly runningFrom: number
  }[]
}

export type Contract = {
  readonly id: ContractId
  readonly manufacturerId: ManufacturerId
  /** What the manufacturer's own books call it; no two of a manufacturer share one. */
  readonly reference: string | undefined
  readonly customerId: CustomerId
  /** Tariff and zone as the contract was made; what it has when is in `tariffs` and `timeZones`. */
  readonly tariffId: TariffId
  readonly timeZone: string
  readonly anchorOn: string
  /** Kept without quarters: a quarter is three months. */
  readonly cadence: Cadence
  readonly startsAt: number
  readonly endsAt: number | undefined
  /** In order, the first from the start; each is another one than the one before it. */
  readonly tariffs: readonly {
    readonly tariffId: TariffId
    readonly tariffName: string
    readonly from: number
  }[]
  /** As `tariffs`; each is in effect from the first period that begins at `from` or later. */
  readonly timeZones: readonly { readonly timeZone: string; readonly from: number }[]
  /** Time without fees, in order and apart; without `to` it goes on. */
  readonly pauses: readonly {
    readonly from: number
    readonly to: number | undefined
    readonly reason: string
  }[]
  /** As they are named now. */
  readonly customerName: string
  readonly tariffName: string
}

export type Assignment = {
  readonly id: AssignmentId
  readonly contractId: ContractId
  readonly deviceId: DeviceId
  readonly from: number
  readonly to: number | undefined
}

/** What somebody should know about an invoice that was issued all the same: "Give the customer an address." */
export type InvoiceRemark = { readonly code: string; readonly detail: string }
export type InvoiceStatus = 'draft' | 'issued' | 'paid' | 'void' | 'uncollectible'

export type PaymentMethod = 'bank_transfer' | 'cash' | 'card' | 'other'

/** A payment that a person recorded because it did not come through Stripe. */
export type InvoicePayment = {
  readonly id: PaymentId
  readonly invoiceId: InvoiceId
  readonly amountMinor: bigint
  readonly currency: CurrencyCode
  /** Civil day on which the money came. */
  readonly receivedOn: string
  readonly method: PaymentMethod
  readonly reference: string | undefined
  readonly madeBy: Actor
  readonly createdAt: number
  /** Set when it was taken back: then it pays nothing. */
  readonly reversal:
    { readonly reason: string; readonly madeBy: Actor; readonly createdAt: number } | undefined
}

export type InvoiceReminder = {
  /** 1 is the first. */
  readonly level: number
  /** What was open then. */
  readonly openMinor: bigint
  /** To how many addresses it was mailed. */
  readonly mailCount: number
  readonly remindedAt: number
}
