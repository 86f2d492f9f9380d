/**
 * Events priced by their labels: a wash by programme and temperature. Every event needs a cell of its own values; a label that no cell
 * prices stops the invoice, while a price of "0" is a price. Modifiers add to the price of a unit or change it by percent, in their order,
 * never below zero.
 */
import { Rational } from '../../../core/index.ts'
import { ratingErrors } from '../errors.ts'
import type { EventRecord, RatingStep } from '../rating-types.ts'
import type { MatrixItem } from '../tariff-schema.ts'
import { eventsOf, sumOf } from './count-units.ts'
import type { Counted, Priced } from './pricing-types.ts'

/** @throws AppError `tariff_cell_missing` */
export function priceMatrix(item: MatrixItem, { events }: Counted): Priced {
  const own = eventsOf(item, events)
  const groups = Map.groupBy(own, (event) => JSON.stringify(labelsOf(item, event)))
  const priced = [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, ofCell]) => priceCell(item, ofCell))
  return {
    quantity: quantityOf(item, own),
    amount: priced.reduce((sum, { amount }) => sum.plus(amount), Rational.zero),
    steps: priced.map(({ step }) => step),
  }
}

function priceCell(item: MatrixItem, events: readonly EventRecord[]) {
  const [first] = events
  const labels = first === undefined ? {} : labelsOf(item, first)
  const price = priceOf(item, labels)
  const quantity = quantityOf(item, events)
  const amount = quantity.times(price)
  const step: RatingStep = {
    kind: 'cell',
    labels,
    quantity: quantity.toString(),
    price: price.toString(),
    amount: amount.toString(),
  }
  return { amount, step }
}

function quantityOf({ aggregation, per }: MatrixItem, events: readonly EventRecord[]): Rational {
  return Rational.of(aggregation === 'sum' ? sumOf(events) : BigInt(events.length), BigInt(per))
}

/** The labels that decide the price: those of the cells, and those of the modifiers where the event has them. */
function labelsOf({ labels, modifiers = [] }: MatrixItem, event: EventRecord): Record<string, string> {
  const names = [...labels, ...new Set(modifiers.map(({ label }) => label))]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(event.labels, name) ? event.labels[name] : undefined
      if (value !== undefined) return [[name, value]]
      if (!labels.includes(name)) return []
      throw ratingErrors.tariff_cell_missing(
        `Let device ${event.deviceId} send the label "${name}" with its events of type "${event.type}": event ${event.id} has none.`,
      )
    }),
  )
}

function priceOf(
  { id, labels, cells, modifiers = [] }: MatrixItem,
  own: Readonly<Record<string, string>>,
): Rational {
  const cell = cells.find((candidate) => labels.every((label) => candidate.labels[label] === own[label]))
  if (cell === undefined) {
    const shown = labels.map((label) => `${label} "${own[label]}"`).join(', ')
    throw ratingErrors.tariff_cell_missing(
      `Publish a tariff whose item "${id}" has a cell for ${shown}: there is such an event and no price.`,
    )
  }
  let price = Rational.parseDecimal(cell.price)
  for (const modifier of modifiers) {
    if (own[modifier.label] !== modifier.value) continue
    const change =
      'add' in modifier
        ? Rational.parseDecimal(modifier.add)
        : price.times(Rational.parseDecimal(modifier.percent)).dividedBy(Rational.of(100n))
    price = price.plus(change)
    if (price.compare(Rational.zero) < 0) price = Rational.zero
  }
  return price
}
