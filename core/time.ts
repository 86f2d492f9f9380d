/**
 * Instants and the clock.
 *
 * An instant is a whole number of milliseconds since 1970 in UTC (a `number`; exact far beyond any billing date).
 * Nothing reads the machine's clock but through a `Clock` that was passed in, so every test decides what time it is.
 */
import { coreErrors } from './errors.ts'

export type Clock = { now(): number }

export const systemClock: Clock = { now: () => Date.now() }

/** `from` inclusive, `to` exclusive; both instants in milliseconds. */
export type Period = { readonly from: number; readonly to: number }

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Every civil time zone's offset is a multiple of this, so months and days begin on a slot (design §2). */
export const SLOT_MS = 15 * MINUTE_MS

/** "2026-11-22T07:12:03.000Z" */
export function formatInstant(at: number): string {
  return new Date(at).toISOString()
}

/** The form of an instant; that its day exists is checked by `parseInstant`. */
export const INSTANT_PATTERN =
  '^[0-9]{4}-([0-9]{2})-([0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
const instantPattern = new RegExp(INSTANT_PATTERN)
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Reads an RFC 3339 date-time with its offset; fractions beyond milliseconds are cut.
 * Returns undefined for anything else, such as 30 February (`Date.parse` alone would make that 2 March), 24:00 or a leap
 * second.
 */
export function parseInstant(text: string): number | undefined {
  const match = instantPattern.exec(text)
  if (match === null) return undefined
  const day = Number(match[2])
  const monthIndex = Number(match[1]) - 1
  if (day > (daysInMonth[monthIndex] ?? 0)) return undefined
  if (monthIndex === 1 && day === 29 && !isLeapYear(Number(text.slice(0, 4)))) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/** @throws AppError `instant_invalid` */
export function getInstant(text: string): number {
  const at = parseInstant(text)
  if (at === undefined) {
    throw coreErrors.instant_invalid(
      `Write the instant like "2026-11-22T07:12:03Z"; "${text.slice(0, 40)}" is not one.`,
    )
  }
  return at
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}
