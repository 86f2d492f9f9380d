/** Which bill of a contract is asked for, and how it differs from the one under the tariff in force. */
import type { CurrencyCode, Period, TariffId } from '../core/index.ts'

export type BillChoice = {
  /** Of the period that holds this instant; of the one that usage just before the cutoff falls in if left out. */
  readonly at?: number
  /** Of exactly this period, which is one of the contract's; instead of `at`. */
  readonly period?: Period
  /** Only usage before this instant; now, or the end of the period if that has come. */
  readonly cutoffAt?: number
  /** The one in force if left out. */
  readonly tariff?: TariffChoice
}

/** Each from an instant on, before which the tariff in force prices; from the contract's start on if left out. */
export type TariffChoice = { readonly from?: number } & (
  | {
      /** As though the contract had this tariff: each of its versions on its dates. */
      readonly tariffId: TariffId
      /** Only this version, whatever its dates. */
      readonly versionId?: string
    }
  /** Untrusted JSON that nobody published. */
  | { readonly document: unknown }
)

/** What the bill is above (or, negative, below) the bill under the tariff in force, at the same cutoff. */
export type BillDifference = {
  readonly currency: CurrencyCode
  /** One for each item of either bill, in their order: an item has a line for each member and version. */
  readonly items: readonly {
    readonly itemId: string
    readonly description: string
    readonly amountMinor: bigint
    readonly inForceMinor: bigint
    readonly differenceMinor: bigint
  }[]
  /** Of the sums of the lines. */
  readonly amountMinor: bigint
  readonly inForceMinor: bigint
  readonly differenceMinor: bigint
}

/** Why the two cannot be compared: the bill under the tariff in force is held, or is in another currency. */
export type NotCompared = { readonly problem: { readonly code: string; readonly detail: string } }
