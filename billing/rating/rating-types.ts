/**
 * The words of `rate`, the one pure function behind live bill, draft, invoice, the command line and the browser.
 * Every member can be written as JSON (bigints as decimal strings), so that inputs and outputs can be kept and replayed.
 */
import type { CurrencyCode, DeviceId, Period, RoundingMode } from '../../core/index.ts'

/** A fixed price for each period that has begun. */
export type FlatItem = {
  readonly type: 'flat'
  readonly id: string
  readonly description: string
  /** Major units as a decimal string, at most 12 decimals. */
  readonly price: string
}

/** A price for every `per` base units that a register advanced. */
export type PerUnitItem = {
  readonly type: 'per_unit'
  readonly id: string
  readonly description: string
  readonly register: string
  readonly price: string
  /** Base units that `price` buys: 60 for a price per minute of a register in seconds. */
  readonly per: number
  /** The unit of `per` as people write it: "min". */
  readonly unit: string
}

export type TariffItem = FlatItem | PerUnitItem

export type TariffDocument = {
  readonly currency: CurrencyCode
  readonly rounding: RoundingMode
  readonly items: readonly TariffItem[]
}

/** A tariff version and the part of the period in which it is in force. */
export type VersionInForce = {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly document: TariffDocument
}

/** A reading that a quantity rests on. `seq` is absent for a declared commissioning value. */
export type EvidencePoint = {
  readonly at: number
  readonly value: bigint
  readonly epoch: number | undefined
  readonly seq: number | undefined
}

/** The register value at one border of the billed span and the accepted readings around it. */
export type EvidenceBorder = {
  readonly at: number
  readonly value: bigint
  readonly before: EvidencePoint | undefined
  readonly after: EvidencePoint | undefined
  readonly isEstimated: boolean
}

/** What one device's register advanced in a span that belongs to the contract. */
export type UsageRecord = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly unit: string
  readonly from: number
  readonly to: number
  readonly quantity: bigint
  readonly start: EvidenceBorder
  readonly end: EvidenceBorder
}

/** What lives across periods. Empty until allowances, wallets and yearly counters exist. */
export type CarriedState = Readonly<Record<string, never>>

export type RatingFacts = {
  readonly period: Period
  readonly timeZone: string
  /** Usage up to this instant is included. */
  readonly cutoffAt: number
}

export type RatingInput = {
  readonly versions: readonly VersionInForce[]
  readonly usage: readonly UsageRecord[]
  readonly opening: CarriedState
  readonly facts: RatingFacts
}

/** Why a line says what it says, as data; `sentence` is the same for people. */
export type LineExplanation = {
  readonly tariffVersionId: string
  readonly period: Period
  readonly rounding: RoundingMode
  /** Per device: the border values and readings whose difference is the quantity. Empty for a flat item. */
  readonly usage: readonly UsageRecord[]
}

export type RatedLine = {
  readonly itemId: string
  readonly description: string
  /** In `unit`, exact: "1234.5", or a fraction such as "1/3". */
  readonly quantity: string
  readonly unit: string
  readonly unitPrice: string
  readonly currency: CurrencyCode
  /** In major units before the one rounding, exact. */
  readonly unroundedAmount: string
  readonly amountMinor: bigint
  readonly explanation: LineExplanation
  readonly sentence: string
}

export type RatingResult = { readonly lines: readonly RatedLine[]; readonly closing: CarriedState }
