/** The civil days of a device's time zone, counted from the day that holds its start. */
import type { CivilDay } from './profile.ts'

/** A civil day with its ends as whole seconds since 1970; `noon - 12 h` is where its seconds are counted from. */
export type DayBounds = CivilDay & {
  readonly fromS: number
  readonly toS: number
  readonly zeroS: number
}

/** Day 0 holds `startAt`; the days tile time. */
export function createCivilDays(startAt: number, timeZone: string): (index: number) => DayBounds {
  const firstOn = Temporal.Instant.fromEpochMilliseconds(startAt).toZonedDateTimeISO(timeZone).toPlainDate()
  return (index) => {
    const date = firstOn.add({ days: index })
    return {
      on: date.toString(),
      mondayOn: date.subtract({ days: date.dayOfWeek - 1 }).toString(),
      weekday: date.dayOfWeek,
      fromS: wholeSeconds(date.toZonedDateTime(timeZone)),
      toS: wholeSeconds(date.add({ days: 1 }).toZonedDateTime(timeZone)),
      zeroS: wholeSeconds(date.toZonedDateTime({ timeZone, plainTime: '12:00' })) - 43_200,
    }
  }
}

function wholeSeconds(moment: Temporal.ZonedDateTime): number {
  return moment.epochMilliseconds / 1_000
}
