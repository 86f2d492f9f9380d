/**
 * The words of tax. Everything here is plain data; a `TaxResult` can be stored beside an invoice and says by itself how it
 * came about. Rates are decimal strings, amounts whole minor units, days civil dates ("2026-01-31").
 */
import type { CurrencyCode } from '../../core/index.ts'

/** A country of ISO 3166-1, "DE", or a part of one of ISO 3166-2, "ES-CN". */
export type TaxPlace = string

/** Of the codes of EN 16931 (UNCL 5305) those that are used here. */
export type TaxCode = 'S' | 'Z' | 'E' | 'AE' | 'O' | 'G'

export type TaxRateKind = 'standard' | 'reduced' | 'zero' | 'exempt'

/** A row of the table that a manufacturer keeps. */
export type TaxRate = {
  readonly id: string
  readonly place: TaxPlace
  /** What items of a tariff name: "standard". */
  readonly category: string
  /** "19", "7.7"; "0" for what is zero-rated or exempt. */
  readonly percent: string
  readonly kind: TaxRateKind
  readonly code: TaxCode
  /** What the invoice has to say, such as why no tax is due. */
  readonly note: string | undefined
  /** The first day; the row holds until a later one of its place and category begins. */
  readonly from: string
  /** The day after the last one, exclusive; undefined while it goes on. */
  readonly to: string | undefined
}

export type TaxTable = readonly TaxRate[]

/** What a manufacturer decided for a customer; without a decision the rule of `decideTaxation` does. */
export type TaxTreatment =
  | { readonly status: 'standard' }
  | { readonly status: 'reverse_charge' }
  | { readonly status: 'exempt'; readonly reason: string }

export type TaxFacts = {
  /** Undefined while the manufacturer has not said who invoices. */
  readonly sellerPlace: TaxPlace | undefined
  /** Undefined for a customer without an address. */
  readonly customerPlace: TaxPlace | undefined
  readonly taxId: string | undefined
  readonly treatment: TaxTreatment | undefined
}

/** Where the tax is due, and by which rule. */
export type Taxation = {
  readonly place: TaxPlace
  readonly treatment:
    | { readonly kind: 'rates' }
    | { readonly kind: 'reverse_charge' }
    | { readonly kind: 'exempt'; readonly reason: string }
}

export type TaxableLine = {
  readonly amountMinor: bigint
  readonly currency: CurrencyCode
  readonly taxCategory: string
}

/** Whether the amounts of lines are before tax or hold it. */
export type Prices = 'net' | 'gross'

export type TaxInput = {
  readonly lines: readonly TaxableLine[]
  readonly currency: CurrencyCode
  readonly prices: Prices
  /** The day that the tax is due for: the last of the service period. */
  readonly date: string
  readonly taxation: Taxation
  readonly table: TaxTable
}

/** Why a group is taxed as it is. */
export type TaxBasis =
  | {
      readonly kind: 'rate'
      readonly rateId: string
      readonly place: TaxPlace
      readonly rateKind: TaxRateKind
      readonly from: string
    }
  | { readonly kind: 'reverse_charge' }
  | { readonly kind: 'exempt_customer' }
  | { readonly kind: 'outside' }

export type TaxExplanation = {
  readonly date: string
  readonly place: TaxPlace
  readonly prices: Prices
  /** The sum of the lines, which the tax is computed on once. */
  readonly sumMinor: bigint
  readonly lineCount: number
  /** In major units, exact: a decimal, or a fraction such as "1/3". */
  readonly unroundedTax: string
  readonly rounding: 'half_up'
  /** One for each category of the group's lines, in order of category. */
  readonly categories: readonly { readonly category: string; readonly basis: TaxBasis }[]
}

/** All lines of one rate: what EN 16931 calls the breakdown (BG-23). `netMinor + taxMinor = grossMinor`. */
export type TaxGroup = {
  readonly code: TaxCode
  readonly percent: string
  readonly currency: CurrencyCode
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
  /** What the invoice has to say, in each language. */
  readonly notes: readonly Readonly<Record<TaxLanguage, string>>[]
  readonly explanation: TaxExplanation
  readonly sentences: Readonly<Record<TaxLanguage, string>>
}

export type TaxLanguage = 'en' | 'de'

/** In order of code (S, Z, E, AE, G, O), the highest rate first; the totals are their sums. */
export type TaxResult = {
  readonly currency: CurrencyCode
  readonly groups: readonly TaxGroup[]
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
}
