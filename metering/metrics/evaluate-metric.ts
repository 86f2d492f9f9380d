/**
 * From usage to a billable quantity: the pure arithmetic of metrics (see `Metric`). Exact bigint throughout; no money.
 *
 * What is estimated is told apart. In `sum`, `count`, `unique` and `latest` it is part of the quantity and repeated in
 * `estimatedQuantity`; `max` and `unique_days` of a register never use estimated slots, and say in `excludedQuantity` what
 * they left out. Events count as estimated when a rule, and not the device, set their end.
 *
 * A civil day lasts from its first instant in the zone to that of the next day, so it has 23, 24 or 25 hours (or none:
 * Samoa skipped one). Days begin on slots (design §2), so a slot is on the day that it begins on.
 */
import { assertInvariant, InvariantError, periodContaining, type Period } from '../../core/index.ts'
import type { Metric, MetricValue } from '../metric-types.ts'
import type { MeteredSlot } from './metered-slots.ts'

/** An event of the span, with the end that it has by report or rule. */
export type EndedEvent = {
  readonly id: string
  readonly endedAt: number
  readonly quantity: bigint
  readonly labels: Readonly<Record<string, string>>
  /** True when a rule set the end. */
  readonly isEstimated: boolean
}

export type RegisterUsageParts = {
  readonly kind: 'register'
  readonly slots: Iterable<MeteredSlot>
  /** R at the span's end, for `latest`. */
  readonly end: { readonly value: bigint; readonly estimated: bigint } | undefined
}

export type EventUsageParts = {
  readonly kind: 'events'
  readonly events: Iterable<EndedEvent>
  /** Sessions that may yet end in the span. */
  readonly open: Iterable<Labelled>
}

type Labelled = { readonly labels: Readonly<Record<string, string>> }

/** The metric is valid (`assertMetricQueriesValid`) and of the kind of usage given. Labels are filtered here. */
export function evaluateMetric(metric: Metric, usage: RegisterUsageParts | EventUsageParts): MetricValue {
  if (usage.kind === 'register') return { ...none, ...evaluateRegister(metric, usage) }
  const filter = metric.labels ?? {}
  const openSessions = [...filterByLabels(usage.open, filter)].length
  return { ...none, ...evaluateEvents(metric, filterByLabels(usage.events, filter)), openSessions }
}

const none = { quantity: 0n, estimatedQuantity: 0n, excludedQuantity: 0n, openSessions: 0 } as const

function evaluateRegister(metric: Metric, { slots, end }: RegisterUsageParts): Partial<MetricValue> {
  switch (metric.aggregation) {
    case 'sum':
      return sumSlots(slots)
    case 'max':
      return largestSlot(slots)
    case 'unique_days': {
      const days = countDays(usedSlots(slots), getTimeZone(metric))
      return { quantity: days.certain, excludedQuantity: days.estimatedOnly }
    }
    case 'latest':
      return { quantity: end?.value, estimatedQuantity: end?.estimated ?? 0n }
    case 'count':
    case 'unique':
      throw new InvariantError(`A register has no ${metric.aggregation}.`)
  }
}

function sumSlots(slots: Iterable<MeteredSlot>): Partial<MetricValue> {
  let [quantity, estimatedQuantity] = [0n, 0n]
  for (const slot of slots) {
    quantity += slot.advance
    estimatedQuantity += slot.estimatedAdvance
  }
  return { quantity, estimatedQuantity }
}

function largestSlot(slots: Iterable<MeteredSlot>): Partial<MetricValue> {
  let [quantity, excludedQuantity] = [0n, 0n]
  let slotAt: number | undefined
  for (const { from, advance, isEstimated } of slots) {
    if (isEstimated) excludedQuantity = advance > excludedQuantity ? advance : excludedQuantity
    else if (advance > quantity) [quantity, slotAt] = [advance, from]
  }
  return { quantity, excludedQuantity, ...(slotAt === undefined ? {} : { slotAt }) }
}

function evaluateEvents(metric: Metric, events: Iterable<EndedEvent>): Partial<MetricValue> {
  switch (metric.aggregation) {
    case 'sum':
      return addUp(events, ({ quantity }) => quantity)
    case 'count':
      return addUp(events, () => 1n)
    case 'unique_days': {
      const days = countDays(usedEvents(events), getTimeZone(metric))
      return { quantity: days.certain + days.estimatedOnly, estimatedQuantity: days.estimatedOnly }
    }
    case 'unique':
      return countTexts(events, metric.label ?? '')
    case 'latest':
      return findLatest(events, metric.label)
    case 'max':
      throw new InvariantError('Events have no max.')
  }
}

function addUp(
  events: Iterable<EndedEvent>,
  quantityOf: (event: EndedEvent) => bigint,
): Partial<MetricValue> {
  let [quantity, estimatedQuantity] = [0n, 0n]
  for (const event of events) {
    quantity += quantityOf(event)
    if (event.isEstimated) estimatedQuantity += quantityOf(event)
  }
  return { quantity, estimatedQuantity }
}

function countTexts(events: Iterable<EndedEvent>, label: string): Partial<MetricValue> {
  const isCertain = new Map<string, boolean>()
  for (const { labels, isEstimated } of events) {
    const text = readLabel(labels, label)
    if (text !== undefined) isCertain.set(text, isCertain.get(text) === true || !isEstimated)
  }
  const certain = [...isCertain.values()].filter(Boolean).length
  return { quantity: BigInt(isCertain.size), estimatedQuantity: BigInt(isCertain.size - certain) }
}

/** Of several that ended at one instant, the one with the greatest id. */
function findLatest(events: Iterable<EndedEvent>, label: string | undefined): Partial<MetricValue> {
  let latest: EndedEvent | undefined
  for (const event of events) {
    if (label !== undefined && readLabel(event.labels, label) === undefined) continue
    const isLater =
      latest === undefined ||
      event.endedAt > latest.endedAt ||
      (event.endedAt === latest.endedAt && event.id > latest.id)
    if (isLater) latest = event
  }
  const labelText = label === undefined || latest === undefined ? undefined : readLabel(latest.labels, label)
  return {
    quantity: latest?.quantity,
    estimatedQuantity: latest?.isEstimated === true ? latest.quantity : 0n,
    ...(labelText === undefined ? {} : { labelText }),
  }
}

function* filterByLabels<Event extends Labelled>(
  events: Iterable<Event>,
  filter: Readonly<Record<string, readonly string[]>>,
): Generator<Event, void> {
  const conditions = Object.entries(filter)
  for (const event of events) {
    const isWanted = conditions.every(([label, texts]) => {
      const text = readLabel(event.labels, label)
      return text !== undefined && texts.includes(text)
    })
    if (isWanted) yield event
  }
}

/** A label may be called "constructor". */
function readLabel(labels: Readonly<Record<string, string>>, label: string): string | undefined {
  return Object.hasOwn(labels, label) ? labels[label] : undefined
}

type UsedAt = { readonly at: number; readonly isEstimated: boolean }

function* usedSlots(slots: Iterable<MeteredSlot>): Generator<UsedAt, void> {
  for (const { from, advance, isEstimated } of slots) if (advance > 0n) yield { at: from, isEstimated }
}

function* usedEvents(events: Iterable<EndedEvent>): Generator<UsedAt, void> {
  for (const { endedAt, quantity, isEstimated } of events) {
    if (quantity > 0n) yield { at: endedAt, isEstimated }
  }
}

function countDays(
  used: Iterable<UsedAt>,
  timeZone: string,
): { readonly certain: bigint; readonly estimatedOnly: bigint } {
  const isCertain = new Map<number, boolean>()
  let day: Period = { from: 0, to: 0 }
  for (const { at, isEstimated } of used) {
    if (at < day.from || at >= day.to) day = civilDay(at, timeZone)
    isCertain.set(day.from, isCertain.get(day.from) === true || !isEstimated)
  }
  const certain = BigInt([...isCertain.values()].filter(Boolean).length)
  return { certain, estimatedOnly: BigInt(isCertain.size) - certain }
}

/** The civil day that holds the instant. */
export function civilDay(at: number, timeZone: string): Period {
  const anchorOn = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()
  return periodContaining({ anchorOn: anchorOn.toString(), cadence: { unit: 'day', count: 1 }, timeZone }, at)
}

function getTimeZone({ timeZone }: Metric): string {
  assertInvariant(timeZone !== undefined, 'Days are counted in a time zone.')
  return timeZone
}
