/** What a shape of pricing is given and what it answers: each is a pure function that knows no other. */
import type { Rational } from '../../../core/index.ts'
import type { Shares } from '../item-runs.ts'
import type { EventRecord, PeakRecord, RatingStep, UsageRecord, ZoneOffset } from '../rating-types.ts'
import type { TariffDocument } from '../tariff-schema.ts'

/** What counts for one item and member, from the beginning of its run on. */
export type Counted = {
  readonly usage: readonly UsageRecord[]
  readonly peaks: readonly PeakRecord[]
  readonly events: readonly EventRecord[]
}

export type PriceContext = {
  /** The run's shares of the whole billing period: bounds, allowances and fixed amounts of tiers are one of them of what is written. */
  readonly shares: Shares
  /** How many of the first units a discount makes free. */
  readonly freeUnits: Rational
  readonly offsets: readonly ZoneOffset[]
  readonly calendars: NonNullable<TariffDocument['calendars']>
}

/** The steps' amounts add up to `amount`, in major units. */
export type Priced = {
  /** In the item's unit. */
  readonly quantity: Rational
  readonly amount: Rational
  readonly steps: readonly RatingStep[]
}
