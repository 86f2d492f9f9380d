/**
 * Cuts a span into the steps that a usage answer lists.
 *
 * Steps tile the span: each begins where the one before ends. Quarters of an hour are the slots of UTC; hours are full
 * hours in UTC, or in the given zone; days are civil days in the given zone, so a day has 23 or 25 hours at a clock
 * change. The first and the last step may be shorter.
 */
import { assertTimeZone, HOUR_MS, periodAtIndex, type Period } from '../../core/index.ts'
import { apiErrors } from '../errors.ts'

export const MAX_USAGE_STEPS = 1_000

export type UsageStep = 'none' | 'quarter_hour' | 'hour' | 'day'

const SLOT_MS = HOUR_MS / 4

/**
 * A day needs a zone.
 * @throws AppError `usage_query_invalid`, `usage_steps_too_many`, `time_zone_unknown`
 */
export function cutIntoSteps(span: Period, step: UsageStep, timeZone: string | undefined): readonly Period[] {
  if (span.from >= span.to) throw refuse('Let "to" be after "from".', '/to')
  switch (step) {
    case 'none':
      return [span]
    case 'quarter_hour':
      return cut(span, (index) => (Math.floor(span.from / SLOT_MS) + index + 1) * SLOT_MS)
    case 'hour':
      return cut(span, hourEnds(span.from, timeZone))
    case 'day':
      if (timeZone === undefined) throw refuse('Say in which "timeZone" a day begins.', '/timeZone')
      return cut(span, dayEnds(span.from, timeZone))
  }
}

/** Zones with an offset of a quarter or half an hour have their own full hours. */
function hourEnds(from: number, timeZone = 'UTC'): (index: number) => number {
  assertTimeZone(timeZone)
  const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)
  const offsetMs = offsetNanoseconds / 1_000_000
  const firstHour = Math.floor((from + offsetMs) / HOUR_MS)
  return (index) => (firstHour + index + 1) * HOUR_MS - offsetMs
}

function dayEnds(from: number, timeZone: string): (index: number) => number {
  assertTimeZone(timeZone)
  const firstDay = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone).toPlainDate()
  const days = { anchorOn: firstDay.toString(), cadence: { unit: 'day', count: 1 }, timeZone } as const
  return (index) => periodAtIndex(days, index).to
}

/** `endOf(index)` is where step `index` would end were it not for the span's end. */
function cut(span: Period, endOf: (index: number) => number): readonly Period[] {
  const steps: Period[] = []
  for (let from = span.from; from < span.to;) {
    if (steps.length === MAX_USAGE_STEPS) {
      throw apiErrors.usage_steps_too_many(
        `Ask for at most ${MAX_USAGE_STEPS} steps at once: a shorter span or longer steps.`,
      )
    }
    const to = Math.min(endOf(steps.length), span.to)
    steps.push({ from, to })
    from = to
  }
  return steps
}

function refuse(detail: string, pointer: string) {
  return apiErrors.usage_query_invalid(detail, { issues: [{ detail, pointer }] })
}
