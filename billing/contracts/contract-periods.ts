/**
 * A contract's service periods: the calendar's periods, cut to the time that the contract runs. The first and the last
 * may therefore be shorter; shares of fees and allowances are shares of the whole period.
 *
 * A new time zone takes effect with the next period, which starts where the last ended (design §7): of the borders that
 * the new zone has, the one nearest to that instant is replaced by it. So the periods still tile time, and no sliver of a
 * few hours lies between the last midnight of the old zone and the first of the new one.
 */
import {
  assertInvariant,
  periodAtIndex,
  periodIndexAt,
  type BillingCalendar,
  type Period,
} from '../../core/index.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { intersect } from '../spans.ts'

export type DatedContract = Pick<Contract, 'anchorOn' | 'cadence' | 'timeZones' | 'startsAt' | 'endsAt'>

/** Time in which one zone counts the periods: the first, of index `firstIndex`, begins at `from`. */
type Stretch = { readonly calendar: BillingCalendar; readonly from: number; readonly firstIndex: number }

/** The contract's period that holds the instant. @throws AppError `contract_not_running` */
export function contractPeriodAt(contract: DatedContract, at: number): Period {
  const stretch = stretchAt(contract, at)
  const period = stretch && intersect(periodOf(stretch, indexIn(stretch, at)), runningSpan(contract))
  if (period === undefined || at < period.from || at >= period.to) {
    throw billingErrors.contract_not_running(
      'Choose an instant between the start and the end of the contract.',
    )
  }
  return period
}

/** The zone that counts the period which holds the instant. */
export function zoneOfPeriodAt(contract: DatedContract, at: number): string {
  const stretch = stretchAt(contract, at)
  assertInvariant(stretch !== undefined, 'A period lies within its contract.')
  return stretch.calendar.timeZone
}

/** The calendar's whole period that the contract's period is a part of. */
export function wholePeriodOf(contract: DatedContract, { from }: Period): Period {
  const stretch = stretchAt(contract, from)
  assertInvariant(stretch !== undefined, 'A period lies within its contract.')
  return periodOf(stretch, indexIn(stretch, from))
}

/** The contract's period that begins where this one ends; undefined where the contract ends. */
export function nextPeriodOf(contract: DatedContract, { to }: Period): Period | undefined {
  for (const period of contractPeriods(contract, { from: to, to: to + 1 })) return period
  return undefined
}

/** The contract's periods that begin at `from` or later and have ended by `now`, in order. */
export function* endedPeriods(contract: DatedContract, from: number, now: number): Generator<Period> {
  for (const period of contractPeriods(contract, { from, to: Infinity })) {
    if (period.to > now) return
    if (period.from >= from) yield period
  }
}

/** The contract's periods that overlap the span, in order. */
export function* contractPeriods(contract: DatedContract, span: Period): Generator<Period> {
  const running = runningSpan(contract)
  const stretches = stretchesOf(contract)
  for (const [position, stretch] of stretches.entries()) {
    const to = Math.min(stretches[position + 1]?.from ?? Infinity, running.to, span.to)
    const firstAt = Math.max(span.from, stretch.from)
    if (firstAt >= to) continue
    for (let index = indexIn(stretch, firstAt); ; index += 1) {
      const whole = periodOf(stretch, index)
      if (whole.from >= to) break
      const period = intersect(whole, running)
      if (period !== undefined) yield period
    }
  }
}

function runningSpan({ startsAt, endsAt }: DatedContract): Period {
  return { from: startsAt, to: endsAt ?? Infinity }
}

function stretchAt(contract: DatedContract, at: number): Stretch | undefined {
  return stretchesOf(contract).findLast(({ from }) => from <= at)
}

function stretchesOf({ anchorOn, cadence, timeZones, startsAt }: DatedContract): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (const { timeZone, from } of timeZones) {
    const calendar = { anchorOn, cadence, timeZone }
    const last = stretches.at(-1)
    if (last === undefined) {
      // Whatever period it begins in, it is cut to the time that the contract runs.
      stretches.push({ calendar, from: startsAt, firstIndex: -Infinity })
      continue
    }
    // Two changes within one period: the later one is what the next period is counted in.
    if (from <= last.from) stretches.pop()
    const startsAgainAt = from <= last.from ? last.from : nextStart(last, from)
    stretches.push({ calendar, from: startsAgainAt, firstIndex: nearestBorder(calendar, startsAgainAt) })
  }
  return stretches
}

/** The start of the first period that begins at the instant or later. */
function nextStart(stretch: Stretch, at: number): number {
  const period = periodOf(stretch, indexIn(stretch, at))
  return period.from === at ? at : period.to
}

/** Of two that are equally near the later one, which makes the longer period. */
function nearestBorder(calendar: BillingCalendar, at: number): number {
  const index = periodIndexAt(calendar, at)
  const { from, to } = periodAtIndex(calendar, index)
  return at - from < to - at ? index : index + 1
}

function periodOf({ calendar, from, firstIndex }: Stretch, index: number): Period {
  const period = periodAtIndex(calendar, index)
  return index === firstIndex ? { from, to: period.to } : period
}

function indexIn({ calendar, firstIndex }: Stretch, at: number): number {
  return Math.max(firstIndex, periodIndexAt(calendar, at))
}
