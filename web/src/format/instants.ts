/** Instants, days and periods as the clocks of a zone show them. Periods end exclusively and are shown by their last day. */
import type { Period } from '../api/pages.ts'

export type Place = { readonly locale: string; readonly timeZone: string }

/** An RFC 3339 instant to the second; `short` leaves the seconds out. */
export function formatInstant(
  instant: string,
  { locale, timeZone }: Place,
  length: 'short' | 'long' = 'long',
) {
  const timeStyle = length === 'long' ? 'medium' : 'short'
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle, timeZone }).format(
    new Date(instant),
  )
}

export function formatDay(instant: string, { locale, timeZone }: Place): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(new Date(instant))
}

/** "Mon 23 Nov", for where the year is clear. */
export function formatWeekday(instant: string, { locale, timeZone }: Place): string {
  const format = new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone,
  })
  return format.format(new Date(instant))
}

export function formatTime(instant: string, { locale, timeZone }: Place): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone }).format(new Date(instant))
}

/** The first and the last day of a period whose end is exclusive. */
export function formatPeriod({ from, to }: Period, { locale, timeZone }: Place): string {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone })
  return format.formatRange(new Date(from), new Date(new Date(to).getTime() - 1))
}

/** Making a clock is slow, and a page of strips reads thousands of times from it. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function readClock(at: number, timeZone: string): string {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone })
  clocks.set(timeZone, clock)
  return clock.format(new Date(at))
}

/** The civil day of an instant in a zone, as "2026-11-23". */
export function dayOf(instant: string, timeZone: string): string {
  return readClock(Date.parse(instant), timeZone).slice(0, 10)
}

/** Seconds since the zone's midnight by its clock, 0 to 86399. */
export function secondOfDay(instant: string, timeZone: string): number {
  const [hours = '0', minutes = '0', seconds = '0'] = readClock(Date.parse(instant), timeZone)
    .slice(11)
    .split(':')
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
}

/**
 * The instant at which a civil day begins in a zone. Guesses with the offset of that day's UTC midnight and corrects once,
 * which is right in every zone that does not change its clocks within a day of midnight twice.
 */
export function startOfDay(day: string, timeZone: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  const guess = midnight - offsetAt(midnight, timeZone)
  return new Date(midnight - offsetAt(guess, timeZone)).toISOString()
}

/** Civil days added on the calendar, not on the clock. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10)
}

function offsetAt(at: number, timeZone: string): number {
  const local = readClock(at, timeZone).replace(' ', 'T')
  return Date.parse(`${local}Z`) - Math.floor(at / 1_000) * 1_000
}
