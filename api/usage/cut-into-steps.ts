/**
 * Cuts a span into the steps that a usage answer lists.
 *
 * Steps tile the span: each begins where the one before ends. Hours are full hours in UTC; days are civil days in
 * the given zone, so a day has 23 or 25 hours at a clock change. The first and the last step may be shorter.
 */
import { assertTimeZone, HOUR_MS, periodAtIndex, type Period } from '../../core/index.ts'
import { apiErrors } from '../errors.ts'

export const MAX_USAGE_STEPS = 1_000

export type UsageStep = 'none' | 'hour' | 'day'

/**
 * `timeZone` belongs to steps of a day and only to them.
 * @throws AppError `usage_query_invalid`, `usage_steps_too_many`, `time_zone_unknown`
 */
export function cutIntoSteps(span: Period, step: UsageStep, timeZone: string | undefined): readonly Period[] {
  if (span.from >= span.to) throw refuse('Let "to" be after "from".', '/to')
  if (step !== 'day' && timeZone !== undefined) {
    throw refuse('Send "timeZone" only with "step=day"; hours are those of UTC.', '/timeZone')
  }
  switch (step) {
    case 'none':
      return [span]
    case 'hour':
      return cut(span, (index) => (Math.floor(span.from / HOUR_MS) + index + 1) * HOUR_MS)
    case 'day':
      if (timeZone === undefined) throw refuse('Say in which "timeZone" a day begins.', '/timeZone')
      return cut(span, dayEnds(span.from, timeZone))
  }
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
