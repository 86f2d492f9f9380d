/** What of a device's usage a tariff document has prices for: the one answer for rating, assigning and reconciling. */
import { isPeak } from '../rating/is-peak.ts'
import type { TariffDocument, TariffItem } from '../rating/tariff-schema.ts'

export type PricedSources = {
  /** Registers whose advance has a price. */
  readonly registers: readonly string[]
  /** Registers whose largest advance in a quarter of an hour has one. */
  readonly peaks: readonly string[]
  readonly events: readonly string[]
}

export function pricedSources({ items }: Pick<TariffDocument, 'items'>): PricedSources {
  const namesOf = (find: (item: TariffItem) => string | undefined) => [
    ...new Set(items.flatMap((item) => find(item) ?? [])),
  ]
  return {
    registers: namesOf((item) => ('register' in item && !isPeak(item) ? item.register : undefined)),
    peaks: namesOf((item) => ('register' in item && isPeak(item) ? item.register : undefined)),
    events: namesOf((item) => ('event' in item ? item.event : undefined)),
  }
}
