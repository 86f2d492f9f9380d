/**
 * A contract's service periods: the calendar's periods, cut to the time that the contract runs. The first and the last
 * may therefore be shorter; shares of fees and allowances are shares of the whole period.
 */
import {
  periodAtIndex,
  periodContaining,
  periodIndexAt,
  type BillingCalendar,
  type Period,
} from '../../core/index.ts'
import type { Contract } from '../billing-types.ts'
import { billingErrors } from '../errors.ts'
import { intersect } from '../spans.ts'

/** What a contract's periods follow from. */
export type ContractTime = Pick<Contract, 'anchorOn' | 'cadence' | 'timeZone' | 'startsAt' | 'endsAt'>

/** The contract's period that holds the instant. @throws AppError `contract_not_running` */
export function contractPeriodAt(contract: ContractTime, at: number): Period {
  const calendar = calendarOf(contract)
  const period = intersect(periodAtIndex(calendar, periodIndexAt(calendar, at)), runningSpan(contract))
  if (period === undefined || at < period.from || at >= period.to) {
    throw billingErrors.contract_not_running(
      'Choose an instant between the start and the end of the contract.',
    )
  }
  return period
}

/** The calendar's whole period that the contract's period is a part of. */
export function wholePeriodOf(contract: ContractTime, { from }: Period): Period {
  return periodContaining(calendarOf(contract), from)
}

/** The contract's period that begins where this one ends; undefined where the contract ends. */
export function nextPeriodOf(contract: ContractTime, { to }: Period): Period | undefined {
  for (const period of contractPeriods(contract, { from: to, to: to + 1 })) return period
  return undefined
}

/** The contract's periods that begin at `from` or later and have ended by `now`, in order. */
export function* endedPeriods(contract: ContractTime, from: number, now: number): Generator<Period> {
  for (const period of contractPeriods(contract, { from, to: Infinity })) {
    if (period.to > now) return
    if (period.from >= from) yield period
  }
}

/** The contract's periods that overlap the span, in order. */
export function* contractPeriods(contract: ContractTime, span: Period): Generator<Period> {
  const calendar = calendarOf(contract)
  const running = runningSpan(contract)
  const firstAt = Math.max(span.from, running.from)
  for (let index = periodIndexAt(calendar, firstAt); ; index += 1) {
    const whole = periodAtIndex(calendar, index)
    if (whole.from >= span.to || whole.from >= running.to) return
    const period = intersect(whole, running)
    if (period !== undefined) yield period
  }
}

function runningSpan({ startsAt, endsAt }: ContractTime): Period {
  return { from: startsAt, to: endsAt ?? Infinity }
}

function calendarOf({ anchorOn, cadence, timeZone }: ContractTime): BillingCalendar {
  return { anchorOn, cadence, timeZone }
}
