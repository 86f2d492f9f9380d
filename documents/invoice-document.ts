/**
 * The one plain value that an invoice or credit note is rendered from, as PDF and as XML.
 *
 * It holds everything that the documents say, so that rendering looks nothing up: the same value gives the same bytes for
 * ever. Whoever makes it decides amounts, taxes and texts; here they are only checked and written. Amounts are whole minor
 * units of `currency`. In a credit note they are what is given back, so an ordinary credit note has positive amounts, as
 * EN 16931 wants it. Numbers in square brackets are the business terms of EN 16931-1.
 */
import type { CurrencyCode, Period } from '../core/index.ts'

export type DocumentLanguage = 'en' | 'de'

/** UNTDID 5305: standard rate, zero rate, exempt, reverse charge, export outside the EU, outside the scope of VAT. */
export type TaxCategoryCode = 'S' | 'Z' | 'E' | 'AE' | 'G' | 'O'

export type PostalAddress = {
  /** Street and number, or a post box. [BT-35, BT-50] */
  readonly street: string | null
  readonly addition: string | null
  readonly postalCode: string | null
  readonly city: string
  /** ISO 3166-1 alpha-2: "DE". */
  readonly country: string
}

export type BankAccount = {
  readonly accountName: string
  readonly bankName: string | null
  /** An IBAN, or a national account number where there are none. */
  readonly accountNumber: string
  readonly bic: string | null
}

export type Seller = {
  readonly legalName: string
  readonly address: PostalAddress
  /** With the prefix of its country: "DE123456789". [BT-31] */
  readonly vatNumber: string | null
  /** The local tax office's number. [BT-32] */
  readonly taxNumber: string | null
  /** The number in the register of companies. [BT-30] */
  readonly registrationNumber: string | null
  /** How to ask about the bill: a mail address, a telephone number. */
  readonly contact: string | null
  readonly bank: BankAccount | null
}

export type Buyer = {
  readonly legalName: string
  readonly address: PostalAddress
  /** VAT number with the prefix of its country. [BT-48] */
  readonly taxId: string | null
  /** [BT-13] */
  readonly purchaseOrder: string | null
  /** What the buyer wants to find on the bill: a cost centre, a Leitweg-ID. [BT-10] */
  readonly reference: string | null
}

export type TaxCategory = {
  readonly code: TaxCategoryCode
  /** Percent as exact decimal text, "19" or "8.1". Null only for `O`, which has no rate. */
  readonly ratePercent: string | null
}

export type DocumentLine = {
  readonly description: string
  /** Exact: "1234.5", or a fraction such as "1/3". May be negative. */
  readonly quantity: string
  /** As people write it: "min", "kWh". Empty for a price that is charged once. */
  readonly unit: string
  /** Major units for one unit, exact decimal; null where one price does not say it all (tiers, minimums). */
  readonly unitPrice: string | null
  readonly netMinor: bigint
  readonly tax: TaxCategory
  readonly period: Period | null
  /** How the amount came about, in one sentence of the document's language. */
  readonly explanation: string | null
  /** The device, pool or site that the line is about. */
  readonly scopeMember: string | null
}

/** All lines of one tax category and rate. */
export type TaxGroup = {
  readonly tax: TaxCategory
  readonly netMinor: bigint
  readonly taxMinor: bigint
  /** Why there is no tax; needed for `E`, `AE`, `G` and `O`, forbidden for `S` and `Z`. */
  readonly exemptionNote: string | null
}

export type DocumentTotals = {
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
  readonly paidMinor: bigint
  readonly payableMinor: bigint
}

export type InvoiceDocument = {
  readonly kind: 'invoice' | 'credit_note'
  readonly number: string
  /** The invoice that a credit note corrects; null for an invoice. */
  readonly corrects: { readonly number: string; readonly issuedOn: string } | null
  /** Civil date. */
  readonly issuedOn: string
  /** Civil date; null where nothing is to be paid. */
  readonly dueOn: string | null
  readonly servicePeriod: Period
  /** IANA zone in which the document's civil dates are meant. */
  readonly timeZone: string
  readonly currency: CurrencyCode
  readonly language: DocumentLanguage
  readonly seller: Seller
  readonly buyer: Buyer
  readonly lines: readonly DocumentLine[]
  readonly taxGroups: readonly TaxGroup[]
  readonly totals: DocumentTotals
  readonly notes: readonly string[]
  /** The customer's own page of this bill. */
  readonly billUrl: string | null
}
