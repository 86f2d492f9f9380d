/**
 * Another implementation of the shapes, as judge of `rate`: what all that one member used in one run costs, written down from the
 * rules in the plainest way, with fractions and a calendar of its own.
 */
import type { EventRecord, PeakRecord, UsageRecord } from '../rating-types.ts'
import type {
  FlatItem,
  OneOffItem,
  SessionItem,
  TariffCalendar,
  TariffItem,
  TariffTier,
} from '../tariff-schema.ts'
import {
  begun,
  decimal,
  higher,
  isAbove,
  lower,
  minus,
  one,
  over,
  plus,
  sum,
  times,
  zero,
  type Fraction,
} from './fractions.ts'
import { endOf, judgeTerms, lastWith, zone, type Parts } from './judge-terms.ts'

export type Used = {
  readonly usage: readonly UsageRecord[]
  readonly peaks: readonly PeakRecord[]
  readonly events: readonly EventRecord[]
}
export type UsageItem = Exclude<TariffItem, FlatItem | OneOffItem>

/**
 * What a member pays for each part of a run, after discounts, maximum and minimum: `borders` are where the run begins, where one version follows
 * another, and where the run ends.
 */
export function judgeLines(
  item: UsageItem,
  used: Used,
  borders: readonly number[],
  parts: Parts,
  calendar?: TariffCalendar,
): readonly Fraction[] {
  const [from = 0] = borders
  const to = borders.at(-1) ?? 0
  const ends = (item.discounts ?? []).map(endOf).filter((end) => end > from && end < to)
  const cuts = [...new Set([...borders, ...ends])].sort((left, right) => left - right)
  const spans = cuts.slice(1).map((end, index) => ({ from: cuts[index] ?? 0, to: end }))
  const stretches = spans.map((span, index) => ({
    from: span.from,
    gross: grossOf(
      item,
      within(used, from, span.to),
      freeBy(item, used, spans.slice(0, index + 1), parts),
      parts,
      calendar,
    ),
  }))
  const totals = judgeTerms(item, stretches, parts)
  const chargedBy = (border: number) => totals[spans.findIndex((span) => span.to === border)] ?? zero
  return borders.slice(1).map((border, index) => minus(chargedBy(border), chargedBy(borders[index] ?? 0)))
}

/** What lies in a span; an event lies where it ends. */
function within({ usage, peaks, events }: Used, from: number, to: number): Used {
  return {
    usage: usage.filter((each) => each.from >= from && each.to <= to),
    peaks: peaks.filter((each) => each.from >= from && each.to <= to),
    events: events.filter((each) => each.to >= from && each.to < to),
  }
}

/** How many units are free: the first ones, of those that were used while the discount ran. */
function freeBy(
  item: UsageItem,
  used: Used,
  spans: readonly { readonly from: number; readonly to: number }[],
  { unpaused }: Parts,
): Fraction {
  const discount = item.discounts?.find((each) => 'firstUnits' in each)
  if (discount === undefined || !('firstUnits' in discount) || !isMetered(item)) return zero
  const last = spans[lastWith(discount, spans)]
  if (last === undefined) return zero
  const most = times(decimal(discount.firstUnits), isOfPeak(item) ? one : unpaused)
  return lower(most, quantityOf(item, within(used, spans[0]?.from ?? 0, last.to)))
}

function grossOf(
  item: UsageItem,
  used: Used,
  free: Fraction,
  parts: Parts,
  calendar?: TariffCalendar,
): Fraction {
  const events = 'event' in item ? used.events.filter((event) => isNamed(item, event)) : []
  if (item.type === 'session') return sessionsCost(item, events)
  if (item.type === 'time_of_use') {
    return sum(
      used.usage.map(({ quantity, from }) =>
        times([quantity, BigInt(item.per)], decimal(item.prices[bandOf(calendar, from)])),
      ),
    )
  }
  if (item.type === 'matrix') {
    return sum(
      events.map(({ quantity, labels }) => {
        const cell = item.cells.find((each) =>
          item.labels.every((name) => each.labels[name] === labels[name]),
        )
        const count = item.aggregation === 'sum' ? quantity : 1n
        let price = decimal(cell?.price)
        for (const modifier of item.modifiers ?? []) {
          if (labels[modifier.label] !== modifier.value) continue
          const isPercent = 'percent' in modifier
          const change = isPercent
            ? times(price, over(decimal(modifier.percent), [100n, 1n]))
            : decimal(modifier.add)
          price = higher(zero, plus(price, change))
        }
        return times([count, BigInt(item.per)], price)
      }),
    )
  }
  const part = isOfPeak(item) ? { long: one, unpaused: one } : parts
  let quantity = minus(quantityOf(item, used), free)
  quantity = minus(quantity, lower(quantity, times(decimal(item.included), part.unpaused)))
  // Nothing to price: what is charged all the same is for time.
  const kept: keyof Parts = quantity[0] === 0n ? 'unpaused' : 'long'
  const cost = costOf(item, quantity, part.long, part[kept])
  return isOfPeak(item) ? times(cost, parts[kept]) : cost
}

type Metered = Extract<TariffItem, { type: 'per_unit' | 'package' | 'graduated' | 'volume' | 'stairstep' }>

function isMetered(item: UsageItem): item is Metered {
  return ['per_unit', 'package', 'graduated', 'volume', 'stairstep'].includes(item.type)
}

function isOfPeak(item: Metered): boolean {
  return item.aggregation === 'peak'
}

function quantityOf(item: Metered, { usage, peaks, events }: Used): Fraction {
  let base = 0n
  if ('event' in item) {
    for (const event of events)
      if (isNamed(item, event)) base += item.aggregation === 'sum' ? event.quantity : 1n
  } else if (isOfPeak(item)) {
    for (const { quantity } of peaks) base = quantity > base ? quantity : base
  } else for (const { quantity } of usage) base += quantity
  return [base, BigInt(item.per)]
}

function isNamed({ event: type, where = {} }: Extract<TariffItem, { event: string }>, event: EventRecord) {
  return (
    event.type === type &&
    Object.keys(where).every((label) => where[label]?.includes(event.labels[label] ?? '') === true)
  )
}

function costOf(item: Metered, quantity: Fraction, part: Fraction, flatPart: Fraction): Fraction {
  if (item.type === 'package') {
    return times(begun(over(quantity, decimal(item.size))), decimal(item.price))
  }
  if (item.type === 'per_unit') {
    if (item.block === undefined) return times(quantity, decimal(item.price))
    return times(times(begun(over(quantity, decimal(item.block))), decimal(item.block)), decimal(item.price))
  }
  let total = zero
  let above = zero
  for (const [index, tier] of item.tiers.entries()) {
    const upTo = tier.upTo === undefined ? quantity : times(decimal(tier.upTo), part)
    const isLast = !isAbove(quantity, upTo)
    if (item.type === 'stairstep') {
      if (isLast) return times(decimal(tier.price), flatPart)
      continue
    }
    const { flat: fixed }: TariffTier = tier
    const flat = times(decimal(fixed), flatPart)
    if (item.type === 'volume') {
      if (isLast) return plus(times(quantity, decimal(tier.price)), flat)
      continue
    }
    if (index > 0 && !isAbove(quantity, above)) break
    total = plus(total, plus(flat, times(minus(lower(quantity, upTo), above), decimal(tier.price))))
    above = upTo
  }
  return total
}

function bandOf(calendar: TariffCalendar | undefined, at: number): string {
  const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
  const isHoliday = calendar?.holidays?.includes(clock.toPlainDate().toString()) ?? false
  const weekday = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'][clock.dayOfWeek - 1]
  const time = clock.toPlainTime().toString().slice(0, 5)
  for (const { id, days, from, to } of calendar?.bands ?? []) {
    if (!days.some((day) => day === (isHoliday ? 'holiday' : weekday))) continue
    if (from <= time && time < to) return id
  }
  return calendar?.otherwise ?? ''
}

function sessionsCost(item: SessionItem, events: readonly EventRecord[]): Fraction {
  const days = new Map<string, Fraction>()
  for (const event of events) {
    let at = event.from
    let before = zero
    do {
      const clock = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
      at = Math.min(event.to, clock.add({ days: 1 }).startOfDay().epochMilliseconds)
      const cost = costAfter(item, BigInt(at - event.from), event.quantity)
      const key = `${event.deviceId} ${clock.toPlainDate().toString()}`
      days.set(key, plus(days.get(key) ?? zero, minus(cost, before)))
      before = cost
    } while (at < event.to)
  }
  const all = [...days.values()]
  return sum(
    item.dailyMaximum === undefined ? all : all.map((cost) => lower(cost, decimal(item.dailyMaximum))),
  )
}

type Timed = Pick<SessionItem, 'price' | 'increment' | 'free'>

function costAfter(item: SessionItem, milliseconds: bigint, usedSeconds: bigint): Fraction {
  const lasted = begun([milliseconds, 1_000n])
  const used = item.idle === undefined ? lasted : lower(lasted, [usedSeconds, 1n])
  const idle = item.idle === undefined ? zero : timed(item.idle, minus(lasted, used))
  return sum([decimal(item.startFee), timed(item, used), idle])
}

function timed({ price, increment, free = 0 }: Timed, seconds: Fraction): Fraction {
  return times(begun(over(minus(seconds, [BigInt(free), 1n]), [BigInt(increment), 1n])), decimal(price))
}
