/**
 * Sessions, priced one by one: a fee at the start, a price for each begun increment after the free time, a price for each begun increment
 * that a session lasts longer than it was used, and a maximum for each device and civil day.
 *
 * What a session costs up to an instant follows from how long it has lasted by then; a day's part of a longer session is the
 * difference of both ends of the day. It was used for the seconds that its quantity says, from its beginning.
 */
import { Rational, SECOND_MS } from '../../../core/index.ts'
import { civilDateOf, instantOf, wallTimeAt } from '../civil-time.ts'
import type { EventRecord, RatingStep } from '../rating-types.ts'
import type { SessionItem } from '../tariff-schema.ts'
import { eventsOf } from './count-units.ts'
import type { Counted, PriceContext, Priced } from './pricing-types.ts'

export function priceSessions(item: SessionItem, { events }: Counted, context: PriceContext): Priced {
  const own = eventsOf(item, events).toSorted(byEnd)
  const sessions = own.map((event) => priceSession(item, event))
  const caps = dailyCaps(item, own, context)
  const amounts = [...sessions.map(({ amount }) => amount), ...caps.map(({ amount }) => amount)]
  return {
    quantity: Rational.of(BigInt(own.length)),
    amount: amounts.reduce((sum, amount) => sum.plus(amount), Rational.zero),
    steps: [...sessions.map(({ step }) => step), ...caps.map(({ step }) => step)],
  }
}

/** So that the same sessions are explained alike in whatever order they arrived. */
function byEnd(left: EventRecord, right: EventRecord): number {
  if (left.to !== right.to) return left.to - right.to
  if (left.deviceId !== right.deviceId) return left.deviceId < right.deviceId ? -1 : 1
  return left.id < right.id ? -1 : 1
}

function priceSession(item: SessionItem, event: EventRecord) {
  const { increments, idleIncrements, amount } = costUpTo(item, event, event.to)
  const step: RatingStep = {
    kind: 'session',
    deviceId: event.deviceId,
    eventId: event.id,
    seconds: secondsOf(event, event.to).toString(),
    increments: increments.toString(),
    idleIncrements: idleIncrements.toString(),
    amount: amount.toString(),
  }
  return { amount, step }
}

function costUpTo(item: SessionItem, event: EventRecord, at: number) {
  const lasted = secondsOf(event, at)
  const used = item.idle === undefined || event.quantity > lasted ? lasted : event.quantity
  const increments = incrementsOf(item, used)
  const idleIncrements = item.idle === undefined ? 0n : incrementsOf(item.idle, lasted - used)
  const start = Rational.parseDecimal(item.startFee ?? '0')
  const amount = start
    .plus(Rational.of(increments).times(Rational.parseDecimal(item.price)))
    .plus(Rational.of(idleIncrements).times(Rational.parseDecimal(item.idle?.price ?? '0')))
  return { increments, idleIncrements, amount }
}

function incrementsOf(
  { increment, free = 0 }: Pick<SessionItem, 'increment' | 'free'>,
  seconds: bigint,
): bigint {
  const billed = seconds - BigInt(free)
  return billed <= 0n ? 0n : (billed + BigInt(increment) - 1n) / BigInt(increment)
}

/** Begun seconds. */
function secondsOf({ from }: EventRecord, at: number): bigint {
  return BigInt(Math.ceil((at - from) / SECOND_MS))
}

/** For each device and day what is taken off because its sessions cost more than the maximum. */
function dailyCaps(item: SessionItem, events: readonly EventRecord[], { offsets }: PriceContext) {
  if (item.dailyMaximum === undefined) return []
  const maximum = Rational.parseDecimal(item.dailyMaximum)
  const days = new Map<string, { deviceId: string; on: string; amount: Rational }>()
  for (const event of events) {
    let before = Rational.zero
    const last = Math.max(event.from, event.to - 1)
    for (let { day } = wallTimeAt(offsets, event.from); day <= wallTimeAt(offsets, last).day; day += 1) {
      const end = Math.min(event.to, instantOf(offsets, { day: day + 1, minute: 0 }))
      const after = costUpTo(item, event, end).amount
      const key = `${event.deviceId} ${day}`
      const known = days.get(key)?.amount ?? Rational.zero
      const amount = known.plus(after.minus(before))
      days.set(key, { deviceId: event.deviceId, on: civilDateOf(day), amount })
      before = after
    }
  }
  return [...days.values()]
    .filter(({ amount }) => amount.compare(maximum) > 0)
    .sort((left, right) => (left.on + left.deviceId < right.on + right.deviceId ? -1 : 1))
    .map(({ deviceId, on, amount: cost }) => {
      const amount = maximum.minus(cost)
      const step: RatingStep = { kind: 'daily_maximum', deviceId, on, amount: amount.toString() }
      return { amount, step }
    })
}
