/**
 * Civil time from a zone's offsets, by arithmetic alone: the tables of a zone differ between machines, so `rate` is given the offsets
 * of the period instead (I7). A civil day is numbered from 1 January 1970 on; it has as many instants as its clock has.
 */
import { DAY_MS, getCivilDate, MINUTE_MS } from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import type { ZoneOffset } from './rating-types.ts'

/** What a clock on the wall says. */
export type WallTime = {
  /** Days since 1970-01-01. */
  readonly day: number
  /** Minutes since midnight, from 0 to 1,439. */
  readonly minute: number
}

export function wallTimeAt(offsets: readonly ZoneOffset[], at: number): WallTime {
  const local = at + offsetAt(offsets, at)
  const day = Math.floor(local / DAY_MS)
  return { day, minute: Math.floor((local - day * DAY_MS) / MINUTE_MS) }
}

/**
 * The first instant at or after which the clock shows that time of that day or a later one: where a change of the clock skips it, the
 * moment of the change; where it comes twice, the first.
 */
export function instantOf(offsets: readonly ZoneOffset[], { day, minute }: WallTime): number {
  const local = day * DAY_MS + minute * MINUTE_MS
  for (const [index, { from, offsetMs }] of offsets.entries()) {
    const at = Math.max(local - offsetMs, index === 0 ? -Infinity : from)
    const to = offsets[index + 1]?.from ?? Infinity
    if (at < to) return at
  }
  return local - offsetAt(offsets, local)
}

/** 0 is Monday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7
}

export function dayOf(civilDate: string): number {
  const { year, month, day } = getCivilDate(civilDate)
  // Date.UTC would take the years before 100 for those of the 20th century.
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS
}

/** "2026-12-25". */
export function civilDateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

function offsetAt(offsets: readonly ZoneOffset[], at: number): number {
  const offset = offsets.findLast(({ from }) => from <= at) ?? offsets[0]
  if (offset === undefined) {
    throw ratingErrors.rating_input_invalid(
      'Give the offsets of the time zone: the tariff has civil dates or times.',
    )
  }
  return offset.offsetMs
}
