/**
 * Time-of-use bands: which one an instant lies in, and where in a span it changes. The clock on the wall decides: an hour that comes
 * twice lies in the same band both times, one that is skipped in none.
 */
import { DAY_MS, type Period } from '../../core/index.ts'
import { dayOf, instantOf, wallTimeAt, weekdayOf } from './civil-time.ts'
import type { ZoneOffset } from './rating-types.ts'
import { minutesOf } from './tariff-rules.ts'
import type { TariffCalendar } from './tariff-schema.ts'

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export function bandAt(calendar: TariffCalendar, offsets: readonly ZoneOffset[], at: number): string {
  const { day, minute } = wallTimeAt(offsets, at)
  const isHoliday = (calendar.holidays ?? []).some((date) => dayOf(date) === day)
  const name = isHoliday ? 'holiday' : weekdays[weekdayOf(day)]
  const band = calendar.bands.find(
    ({ days, from, to }) =>
      days.some((each) => each === name) && minutesOf(from) <= minute && minute < minutesOf(to),
  )
  return band?.id ?? calendar.otherwise
}

/** The instants strictly inside the span at which another band begins, in order. */
export function bandBorders(
  calendar: TariffCalendar,
  offsets: readonly ZoneOffset[],
  { from, to }: Period,
): readonly number[] {
  const minutes = new Set(calendar.bands.flatMap((band) => [minutesOf(band.from), minutesOf(band.to)]))
  const firstDay = wallTimeAt(offsets, from).day
  const lastDay = wallTimeAt(offsets, to).day
  const candidates = new Set(offsets.map((offset) => offset.from))
  for (let day = firstDay; day <= lastDay; day += 1) {
    for (const minute of [0, ...minutes]) {
      const at = instantOf(offsets, { day, minute })
      candidates.add(at)
      // Where the clock is put back, a time of day comes again.
      for (const offset of offsets) candidates.add(day * DAY_MS + minute * 60_000 - offset.offsetMs)
    }
  }
  return [...candidates]
    .filter((at) => at > from && at < to)
    .sort((left, right) => left - right)
    .filter((at) => bandAt(calendar, offsets, at - 1) !== bandAt(calendar, offsets, at))
}
