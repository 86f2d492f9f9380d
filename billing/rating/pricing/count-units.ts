/** How many units of a metered item were used: the one place where base units become the unit of a price. */
import { Rational } from '../../../core/index.ts'
import type { EventRecord } from '../rating-types.ts'
import type { MatrixItem, MeteredItem, SessionItem } from '../tariff-schema.ts'
import type { Counted } from './pricing-types.ts'

export function countUnits(item: MeteredItem, counted: Counted): Rational {
  return Rational.of(countBaseUnits(item, counted), BigInt(item.per))
}

/** The events of an item's type whose labels it names. */
export function eventsOf(
  { event, where = {} }: Pick<MatrixItem | SessionItem, 'event' | 'where'>,
  events: readonly EventRecord[],
): readonly EventRecord[] {
  return events.filter(
    ({ type, labels }) =>
      type === event &&
      Object.entries(where).every(([label, values]) => {
        const value = labels[label]
        return value !== undefined && values.includes(value)
      }),
  )
}

export function sumOf(records: readonly { readonly quantity: bigint }[]): bigint {
  return records.reduce((sum, { quantity }) => sum + quantity, 0n)
}

function countBaseUnits(item: MeteredItem, { usage, peaks, events }: Counted): bigint {
  if ('event' in item) {
    const own = eventsOf(item, events)
    return item.aggregation === 'sum' ? sumOf(own) : BigInt(own.length)
  }
  if (item.aggregation !== 'peak') return sumOf(usage.filter(({ register }) => register === item.register))
  return peaks
    .filter(({ register }) => register === item.register)
    .reduce((highest, { quantity }) => (quantity > highest ? quantity : highest), 0n)
}
