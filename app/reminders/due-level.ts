/** Which reminder of an open invoice is due. Pure. */

/** Reminders go out from nine in the morning by the manufacturer's zone on; before that it is still the day before. */
const FIRST_HOUR = 9

/** The newest civil day whose reminders may go out. */
export function reminderDay(now: number, timeZone: string): Temporal.PlainDate {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone)
  return here.hour >= FIRST_HOUR ? here.toPlainDate() : here.toPlainDate().subtract({ days: 1 })
}

/**
 * The newest level that has fallen due, from 1 on, unless it or a later one was sent: levels that were missed meanwhile are left
 * out.
 */
export function dueLevel(
  dueOn: string,
  reminderDays: readonly number[],
  today: Temporal.PlainDate,
  lastLevel: number,
): number | undefined {
  const overdueDays = Temporal.PlainDate.from(dueOn).until(today, { largestUnit: 'days' }).days
  const level = reminderDays.filter((days) => days <= overdueDays).length
  return level > lastLevel ? level : undefined
}
