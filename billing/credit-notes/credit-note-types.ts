/**
 * The words of credit notes. Amounts are positive where something is given back, and as the invoice's: of lines before tax or
 * with it as `prices` says, totals always with tax.
 */
import type {
  CreditNoteId,
  CurrencyCode,
  CustomerId,
  InvoiceId,
  ManufacturerId,
  Period,
} from '../../core/index.ts'
import type { DocumentProgress } from '../documents/document-progress.ts'
import type { TaxCode } from '../tax/tax-types.ts'

/**
 * `correction`: usage that became known later; `cancellation`: what was not owed; `goodwill`: what was owed and is given all the
 * same. A correction is reckoned again with the next one, the other two stay as they are.
 */
export type CreditNoteKind = 'correction' | 'goodwill' | 'cancellation'

export type CreditNoteLine = {
  /** The line of the invoice that is given back, or a part of it; undefined for a line of its own text. */
  readonly invoicePosition: number | undefined
  readonly itemId: string | undefined
  readonly description: string
  readonly taxCategory: string
  readonly amountMinor: bigint
  /** Where it is not that of the whole invoice. */
  readonly period: Period | undefined
}

/** What is given back of one rate of the invoice. */
export type CreditNoteTax = {
  readonly code: TaxCode
  readonly percent: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
}

export type CreditNote = {
  readonly id: CreditNoteId
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId
  readonly invoiceId: InvoiceId
  readonly invoiceNumber: string
  readonly kind: CreditNoteKind
  readonly number: string
  readonly reason: string
  readonly currency: CurrencyCode
  readonly prices: 'net' | 'gross'
  readonly lines: readonly CreditNoteLine[]
  /** One for each rate; empty where the invoice has none, from before there was tax. */
  readonly taxes: readonly CreditNoteTax[]
  readonly taxMinor: bigint
  /** With tax: what is given back. */
  readonly totalMinor: bigint
  readonly issuedAt: number
  /** Undefined where the invoice has none either. */
  readonly document: DocumentProgress | undefined
}

/** All that is left of the invoice; an amount with tax, spread over its rates; or lines, whole or in part. */
export type AskedCredit =
  { readonly whole: true } | { readonly amountMinor: bigint } | { readonly lines: readonly AskedCreditLine[] }

export type AskedCreditLine =
  /** Without an amount what is left of the line. */
  | { readonly position: number; readonly amountMinor?: bigint }
  | {
      readonly description: string
      /** Negative where it takes back a part of another line of the same tax rate. */
      readonly amountMinor: bigint
      /** One that the invoice has. */
      readonly taxCategory: string
      readonly itemId?: string
      readonly period?: Period
    }

/** What one rate of an invoice charged, and what of it was given back. */
export type CreditableRate = {
  /** Undefined where the invoice has no taxes, from before there were any. */
  readonly rate: { readonly code: TaxCode; readonly percent: string } | undefined
  /** Those of the lines that the rate is of; undefined for all. */
  readonly categories: readonly string[] | undefined
  readonly charged: NetAndTax
  readonly credited: NetAndTax
}

export type NetAndTax = { readonly netMinor: bigint; readonly taxMinor: bigint }

export type CreditableLine = {
  readonly position: number
  readonly itemId: string
  readonly description: string
  readonly taxCategory: string
  readonly period: Period | undefined
  readonly chargedMinor: bigint
  readonly creditedMinor: bigint
}

/** An invoice as far as it can be given back. */
export type Creditable = {
  readonly invoiceId: InvoiceId
  readonly number: string
  readonly currency: CurrencyCode
  readonly prices: 'net' | 'gross'
  readonly rates: readonly CreditableRate[]
  readonly lines: readonly CreditableLine[]
  /** What is left to give back, with tax. */
  readonly restMinor: bigint
}

/** The content of a credit note. */
export type ComposedCredit = Pick<CreditNote, 'lines' | 'taxes' | 'taxMinor' | 'totalMinor'>
