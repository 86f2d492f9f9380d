/**
 * Service periods: how a contract's time is cut into the spans that are billed.
 *
 * Period `k` runs from `anchor + k * cadence` to `anchor + (k + 1) * cadence` in civil dates of the contract's IANA
 * zone. Every border is counted from the anchor, never from the previous period's end, so an anchor on the 31st
 * bills 31 January → 28 February → 31 March. Periods therefore tile time: the end of one is the start of the next.
 * A quarter is three months, counted from the anchor as everything is.
 * A civil date begins at its first instant in the zone, which is 01:00 where a clock change removes midnight.
 */
import { coreErrors } from './errors.ts'
import type { Period } from './time.ts'

export type CadenceUnit = 'day' | 'week' | 'month' | 'quarter' | 'year'

/** What everything else is counted in. */
type PlainUnit = Exclude<CadenceUnit, 'quarter'>

export type Cadence = { readonly unit: CadenceUnit; readonly count: number }

export type BillingCalendar = {
  /** Civil date, "2026-01-31". */
  readonly anchorOn: string
  readonly cadence: Cadence
  /** IANA name, "Europe/Berlin". */
  readonly timeZone: string
}

const MONTHS_PER_QUARTER = 3

const longestUnitMs: Record<PlainUnit, number> = {
  day: 26 * 3_600_000,
  week: 8 * 86_400_000,
  month: 32 * 86_400_000,
  year: 367 * 86_400_000,
}

/** The same cadence without quarters: two quarters are six months. */
export function plainCadence({ unit, count }: Cadence): {
  readonly unit: PlainUnit
  readonly count: number
} {
  return unit === 'quarter' ? { unit: 'month', count: count * MONTHS_PER_QUARTER } : { unit, count }
}

/** The period with the given index; 0 begins on the anchor, negative indexes lie before it. */
export function periodAtIndex(calendar: BillingCalendar, index: number): Period {
  return { from: startOfPeriod(calendar, index), to: startOfPeriod(calendar, index + 1) }
}

/** The index of the period that holds the instant. */
export function periodIndexAt(calendar: BillingCalendar, at: number): number {
  const anchorAt = startOfPeriod(calendar, 0)
  const { unit, count } = plainCadence(calendar.cadence)
  const longestPeriodMs = longestUnitMs[unit] * count
  // Underestimates the distance from the anchor, so that the walk below only goes away from it.
  let index = Math.trunc((at - anchorAt) / longestPeriodMs)
  while (startOfPeriod(calendar, index) > at) index -= 1
  while (startOfPeriod(calendar, index + 1) <= at) index += 1
  return index
}

/** The period that holds the instant. */
export function periodContaining(calendar: BillingCalendar, at: number): Period {
  return periodAtIndex(calendar, periodIndexAt(calendar, at))
}

/** @throws AppError `time_zone_unknown` unless the zone is an IANA name of the tz database. */
export function assertTimeZone(timeZone: string): void {
  try {
    if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timeZone)) throw new RangeError('not a name')
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone)
  } catch (cause) {
    throw coreErrors.time_zone_unknown(
      `Use an IANA time zone such as "Europe/Berlin"; "${timeZone.slice(0, 60)}" is not one.`,
      { cause },
    )
  }
}

/** @throws AppError `civil_date_invalid` unless the text is a date like "2026-01-31". */
export function getCivilDate(text: string): Temporal.PlainDate {
  try {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new RangeError('not YYYY-MM-DD')
    return Temporal.PlainDate.from(text, { overflow: 'reject' })
  } catch (cause) {
    throw coreErrors.civil_date_invalid(
      `Write the date like "2026-01-31"; "${text.slice(0, 40)}" is not one.`,
      { cause },
    )
  }
}

const MAX_KEPT_STARTS = 10_000
const keptStarts = new Map<string, number>()

/** Contracts share their calendars, and civil dates are slow: what was computed is kept, up to a number. */
function startOfPeriod({ anchorOn, cadence, timeZone }: BillingCalendar, index: number): number {
  const { unit, count } = plainCadence(cadence)
  const key = `${anchorOn} ${count} ${unit} ${timeZone} ${index}`
  const kept = keptStarts.get(key)
  if (kept !== undefined) return kept
  const startOn = getCivilDate(anchorOn).add({ [`${unit}s`]: count * index })
  const startAt = startOn.toZonedDateTime(timeZone).epochMilliseconds
  if (keptStarts.size >= MAX_KEPT_STARTS) keptStarts.clear()
  keptStarts.set(key, startAt)
  return startAt
}
