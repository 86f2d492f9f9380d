/**
 * Another implementation of the shapes, as judge of `rate`: what all that one member used in one run costs, written down from the
 * rules in the plainest way, with fractions and a calendar of its own.
 */
import type { EventRecord, PeakRecord, UsageRecord } from '../rating-types.ts'
import type {
  SessionItem,
  TariffCalendar,
  TariffDiscount,
  TariffDocument,
  TariffItem,
  TariffTier,
} from '../tariff-schema.ts'

export type Fraction = readonly [numerator: bigint, denominator: bigint]
/** What part of the billing period a run is: as long as it is, and without its pauses. */
export type Parts = { readonly long: Fraction; readonly unpaused: Fraction }
export type Used = {
  readonly usage: readonly UsageRecord[]
  readonly peaks: readonly PeakRecord[]
  readonly events: readonly EventRecord[]
}

const zone = 'Europe/Berlin'
const zero: Fraction = [0n, 1n]
const one: Fraction = [1n, 1n]

function decimal(text = '0'): Fraction {
  const [whole = '', decimals = ''] = text.split('.')
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)]
}
const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d]
const minus = (left: Fraction, [c, d]: Fraction): Fraction => plus(left, [-c, d])
const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d]
const over = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d, b * c]
const isAbove = ([a, b]: Fraction, [c, d]: Fraction) => a * d > c * b
const lower = (left: Fraction, right: Fraction) => (isAbove(left, right) ? right : left)
const higher = (left: Fraction, right: Fraction) => (isAbove(left, right) ? left : right)
const begun = ([a, b]: Fraction): Fraction => [a <= 0n ? 0n : (a + b - 1n) / b, 1n]
const sum = (all: readonly Fraction[]) => all.reduce(plus, zero)

/** After discounts, maximum and minimum. */
export function judgeAmount(
  item: Exclude<TariffItem, { type: 'one_off' | 'flat' }>,
  used: Used,
  parts: Parts,
  calendar?: TariffCalendar,
): Fraction {
  let amount = grossOf(item, used, parts, calendar)
  for (const discount of item.discounts ?? []) {
    if ('percent' in discount)
      amount = minus(amount, over(times(amount, decimal(discount.percent)), [100n, 1n]))
    if ('amount' in discount)
      amount = higher(zero, minus(amount, times(decimal(discount.amount), parts.unpaused)))
  }
  if (item.maximum !== undefined) amount = lower(amount, times(decimal(item.maximum), parts.long))
  if (item.minimum !== undefined) amount = higher(amount, times(decimal(item.minimum), parts.unpaused))
  return amount
}

/** What a contract pays in cents, of lines that come to so many: each reduction is rounded before the next. */
export function judgeTotal(
  { discounts = [], maximum, minimum, rounding }: TariffDocument,
  linesCents: bigint,
  parts: Parts,
  beginsOn: string,
): bigint {
  let total = linesCents
  const take = (exact: Fraction) => (total += roundedCents(exact, rounding))
  for (const discount of discounts) {
    if (discount.until !== undefined && discount.until <= beginsOn) continue
    const met = higher([total, 100n], zero)
    if ('percent' in discount) take(minus(zero, over(times(met, decimal(discount.percent)), [100n, 1n])))
    if ('amount' in discount) take(minus(zero, lower(met, times(decimal(discount.amount), parts.unpaused))))
  }
  if (maximum !== undefined) take(lower(zero, minus(times(decimal(maximum), parts.long), [total, 100n])))
  if (minimum !== undefined) take(higher(zero, minus(times(decimal(minimum), parts.unpaused), [total, 100n])))
  return total
}

function roundedCents([numerator, denominator]: Fraction, rounding: TariffDocument['rounding']): bigint {
  const isNegative = numerator < 0n
  const cents = (isNegative ? -numerator : numerator) * 100n
  const [whole, rest] = [cents / denominator, cents % denominator]
  const half = 2n * rest - denominator
  const isUp =
    rounding === 'up'
      ? rest > 0n
      : rounding !== 'down' && (half > 0n || (half === 0n && (rounding === 'half_up' || whole % 2n === 1n)))
  const rounded = whole + (isUp ? 1n : 0n)
  return isNegative ? -rounded : rounded
}

function grossOf(
  item: Exclude<TariffItem, { type: 'one_off' | 'flat' }>,
  used: Used,
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
  const isPeak = item.aggregation === 'peak'
  let base = 0n
  for (const { quantity } of 'event' in item ? events : isPeak ? [] : used.usage) {
    base += 'event' in item && item.aggregation !== 'sum' ? 1n : quantity
  }
  if (isPeak) for (const { quantity } of used.peaks) base = quantity > base ? quantity : base
  const part = isPeak ? { long: one, unpaused: one } : parts
  let quantity: Fraction = [base, BigInt(item.per)]
  for (const discount of item.discounts ?? [])
    quantity = minus(quantity, lower(quantity, freeOf(discount, part.unpaused)))
  quantity = minus(quantity, lower(quantity, times(decimal(item.included), part.unpaused)))
  // Nothing to price: what is charged all the same is for time.
  const kept: keyof Parts = quantity[0] === 0n ? 'unpaused' : 'long'
  const cost = costOf(item, quantity, part.long, part[kept])
  return isPeak ? times(cost, parts[kept]) : cost
}

function freeOf(discount: TariffDiscount, part: Fraction): Fraction {
  return 'firstUnits' in discount ? times(decimal(discount.firstUnits), part) : zero
}

function isNamed({ event: type, where = {} }: Extract<TariffItem, { event: string }>, event: EventRecord) {
  return (
    event.type === type &&
    Object.keys(where).every((label) => where[label]?.includes(event.labels[label] ?? '') === true)
  )
}

type Metered = Extract<TariffItem, { type: 'per_unit' | 'package' | 'graduated' | 'volume' | 'stairstep' }>

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
  const timed = ({ price, increment, free = 0 }: Timed, seconds: Fraction) =>
    times(begun(over(minus(seconds, [BigInt(free), 1n]), [BigInt(increment), 1n])), decimal(price))
  const idle = item.idle === undefined ? zero : timed(item.idle, minus(lasted, used))
  return sum([decimal(item.startFee), timed(item, used), idle])
}
