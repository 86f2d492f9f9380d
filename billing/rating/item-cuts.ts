/**
 * Where usage must be cut for an item: at the borders of the versions (by whoever asks), at the borders of its bands, and at the dates on which a
 * discount ends. Whoever reads the usage and `rate` itself ask here, so that they cannot disagree.
 */
import type { Period } from '../../core/index.ts'
import { bandBorders } from './bands.ts'
import { dayOf, instantOf } from './civil-time.ts'
import type { RatingFacts } from './rating-types.ts'
import type { TariffDiscount, TariffDocument, TariffItem } from './tariff-schema.ts'

/** Instants strictly inside the span, in order, each once. */
export function cutsOfItem(
  item: TariffItem,
  { calendars = {} }: Pick<TariffDocument, 'calendars'>,
  span: Period,
  { offsets }: Pick<RatingFacts, 'offsets'>,
): readonly number[] {
  const calendar = item.type === 'time_of_use' ? calendars[item.calendar] : undefined
  const bands = calendar === undefined ? [] : bandBorders(calendar, offsets, span)
  const ends = discountsOf(item).flatMap((discount) => endOf(discount, offsets) ?? [])
  const cuts = new Set([...bands, ...ends.filter((at) => at > span.from && at < span.to)])
  return [...cuts].sort((left, right) => left - right)
}

/** From when on a discount is none any more: the beginning of its day. Undefined if it does not end. */
export function endOf({ until }: TariffDiscount, offsets: RatingFacts['offsets']): number | undefined {
  return until === undefined ? undefined : instantOf(offsets, { day: dayOf(until), minute: 0 })
}

export function discountsOf(item: TariffItem): readonly TariffDiscount[] {
  return 'discounts' in item ? (item.discounts ?? []) : []
}
