/**
 * The words of `rate`, the one pure function behind live bill, draft, invoice, the command line and the browser.
 * Every member can be written as JSON (bigints as decimal strings), so that inputs and outputs can be kept and replayed.
 */
import type { CurrencyCode, DeviceId, Period, RoundingMode } from '../../core/index.ts'
import type { TariffDocument } from './tariff-schema.ts'

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

/** The largest advance of a register in one quarter of an hour of a span; `at` is where that quarter begins. */
export type PeakRecord = {
  readonly deviceId: DeviceId
  readonly register: string
  readonly unit: string
  readonly from: number
  readonly to: number
  readonly quantity: bigint
  /** Absent where no quarter of an hour could be judged: the peak is zero. */
  readonly at: number | undefined
}

/** One usage event: it counts whole where its end is, before `to` of a span. */
export type EventRecord = {
  readonly deviceId: DeviceId
  readonly id: string
  readonly type: string
  readonly from: number
  readonly to: number
  readonly quantity: bigint
  readonly labels: Readonly<Record<string, string>>
}

/** When the contract has a device, not cut to the period, and what pools it belongs to. */
export type AssignedDevice = {
  readonly deviceId: DeviceId
  readonly from: number
  readonly to: number | undefined
  readonly site: string | undefined
  readonly tags: readonly string[]
}

/** From when on a zone's clocks were so far ahead of UTC. */
export type ZoneOffset = { readonly from: number; readonly offsetMs: number }

/** What lives across periods. Empty until wallets and yearly counters exist. */
export type CarriedState = Readonly<Record<string, never>>

export type RatingFacts = {
  /** The part of the billing period in which the contract ran. */
  readonly period: Period
  /** The whole billing period; shares of fees, allowances and bounds are shares of it. */
  readonly wholePeriod: Period
  readonly timeZone: string
  /** The offsets of the zone in the whole period; the first one from its start or earlier. */
  readonly offsets: readonly ZoneOffset[]
  /** Usage up to this instant is included. */
  readonly cutoffAt: number
  /** Which flat items are charged: those for this period in arrears, or only those in advance. */
  readonly charged: 'in_arrears' | 'in_advance'
  readonly contract: { readonly from: number; readonly to: number | undefined }
  readonly devices: readonly AssignedDevice[]
  /** When the contract was paused, within the period, in order and apart. */
  readonly pauses: readonly Period[]
}

export type RatingInput = {
  readonly versions: readonly VersionInForce[]
  readonly usage: readonly UsageRecord[]
  readonly peaks: readonly PeakRecord[]
  readonly events: readonly EventRecord[]
  readonly opening: CarriedState
  readonly facts: RatingFacts
}

/**
 * One step of the way to an amount, as data that is JSON but for its instants. Quantities and amounts are exact: decimals, or fractions such as "1/3". The amounts
 * of a line's steps add up to its unrounded amount.
 */
export type RatingStep =
  | { readonly kind: 'fee'; readonly price: string; readonly share: Share | null; readonly amount: string }
  | { readonly kind: 'once'; readonly price: string; readonly at: number; readonly amount: string }
  | { readonly kind: 'refund'; readonly price: string; readonly at: number; readonly amount: string }
  | { readonly kind: 'included'; readonly included: string; readonly used: string; readonly amount: '0' }
  | {
      readonly kind: 'units'
      readonly quantity: string
      readonly price: string
      readonly block: string | null
      readonly amount: string
    }
  | {
      readonly kind: 'packages'
      readonly count: string
      readonly size: string
      readonly price: string
      readonly amount: string
    }
  | {
      readonly kind: 'tier'
      readonly above: string
      readonly upTo: string | null
      readonly quantity: string
      readonly price: string
      readonly flat: string
      readonly amount: string
    }
  | {
      readonly kind: 'cell'
      readonly labels: Readonly<Record<string, string>>
      readonly quantity: string
      readonly price: string
      readonly amount: string
    }
  | {
      readonly kind: 'band'
      readonly band: string
      readonly quantity: string
      readonly price: string
      readonly amount: string
    }
  | {
      readonly kind: 'session'
      readonly deviceId: string
      readonly eventId: string
      readonly seconds: string
      readonly increments: string
      readonly idleIncrements: string
      readonly amount: string
    }
  | {
      readonly kind: 'daily_maximum'
      readonly deviceId: string
      readonly on: string
      readonly amount: string
    }
  /** Units that a discount makes free, before the allowance. */
  | {
      readonly kind: 'free_units'
      readonly description: string
      readonly quantity: string
      readonly amount: '0'
    }
  /** What of the amount so far is for earlier segments of the same item. */
  | { readonly kind: 'charged_before'; readonly amount: string }
  /** Of a correction: what earlier documents have billed of the same line already, as quantity and as what it takes off. */
  | {
      readonly kind: 'billed_before'
      /** Their numbers, as text: "ACME-000001, ACME-000007". */
      readonly documents: string
      readonly quantity: string
      readonly amount: string
    }
  /** A peak is of a period, like a fee: a part of one costs its share. */
  | { readonly kind: 'prorated'; readonly share: string; readonly amount: string }
  | { readonly kind: 'discount'; readonly description: string; readonly amount: string }
  | { readonly kind: 'minimum'; readonly minimum: string; readonly amount: string }
  | { readonly kind: 'maximum'; readonly maximum: string; readonly amount: string }
  /** What a person put on the bill; `rate` gives none of these. */
  | { readonly kind: 'manual'; readonly reason: string; readonly amount: string }

/** A part of the whole billing period, in its own measure: 14 of 31 days. */
export type Share = { readonly part: string; readonly whole: string; readonly measure: 'day' | 'second' }

/** What gets a line of its own: the contract, one device, or a pool of devices. */
export type ScopeMember =
  | { readonly kind: 'contract' }
  | { readonly kind: 'device'; readonly id: string }
  | { readonly kind: 'site'; readonly id: string }
  | { readonly kind: 'tag'; readonly id: string }

/** A device's part of the amount of a pool; the parts add up to it. */
export type Allocation = { readonly deviceId: string; readonly amountMinor: bigint }

/** Why a line says what it says, as data; `sentence` is the same for people. */
export type LineExplanation = {
  readonly tariffVersionId: string
  readonly period: Period
  readonly rounding: RoundingMode
  readonly member: ScopeMember
  readonly steps: readonly RatingStep[]
  /** Per device: the border values and readings whose difference is the quantity. Empty for a flat item. */
  readonly usage: readonly UsageRecord[]
  readonly peaks: readonly PeakRecord[]
  readonly events: readonly EventRecord[]
  readonly allocation: readonly Allocation[]
}

export type RatedLine = {
  readonly itemId: string
  readonly description: string
  /** In `unit`, exact: "1234.5", or a fraction such as "1/3". */
  readonly quantity: string
  readonly unit: string
  /** Absent where no single price explains the amount: tiers, bands, cells, sessions. */
  readonly unitPrice: string | undefined
  readonly currency: CurrencyCode
  readonly taxCategory: string
  /** In major units before the one rounding, exact. */
  readonly unroundedAmount: string
  readonly amountMinor: bigint
  readonly explanation: LineExplanation
  readonly sentence: string
}

export type RatingResult = { readonly lines: readonly RatedLine[]; readonly closing: CarriedState }
