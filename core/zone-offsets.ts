/**
 * How far the clocks of a time zone are ahead of UTC in a span: what civil dates and times in it follow from by arithmetic
 * alone, so that a computation that must be the same everywhere is given them instead of a zone's name.
 */
import type { Period } from './time.ts'

/** From `from` on the zone's clocks are so far ahead of UTC. */
export type ZoneOffset = { readonly from: number; readonly offsetMs: number }

const NANOSECONDS_PER_MS = 1_000_000

/** The offset at the start of the span, from there on, and each change inside it. */
export function zoneOffsets(timeZone: string, { from, to }: Period): readonly ZoneOffset[] {
  const start = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)
  const offsets = [{ from, offsetMs: start.offsetNanoseconds / NANOSECONDS_PER_MS }]
  let next = start.getTimeZoneTransition('next')
  while (next !== null && next.epochMilliseconds < to) {
    offsets.push({ from: next.epochMilliseconds, offsetMs: next.offsetNanoseconds / NANOSECONDS_PER_MS })
    next = next.getTimeZoneTransition('next')
  }
  return offsets
}
