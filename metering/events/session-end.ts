/**
 * When a session ended: as reported, or by the rule that its type has in the device's model.
 *
 * A reported end always stands, however late it arrives. A session whose end is lost ends
 *  - with `heartbeatMs`: at its last sign of life, once that is older than `heartbeatMs`;
 *  - with `maxLengthMs`: at `from + maxLengthMs`, once that has come (or the last sign of life lies beyond it).
 * Of two rules the one whose moment comes first decides, so that an end by rule stays the same as the cutoff moves on
 * and only another report can change it. Without a rule the session stays open: shown, never billed, never dropped.
 * A rule sets the end only; the quantity is what was last reported, never a guess.
 */
import type { UsageEvent } from '../../core/index.ts'
import type { EventTypeRule, SessionEnd } from '../metric-types.ts'

/** The end of the session as known at `cutoffAt`; undefined while it is open. */
export function findSessionEnd(
  event: Pick<UsageEvent, 'from' | 'to' | 'isOpen'>,
  rule: EventTypeRule | undefined,
  cutoffAt: number,
): SessionEnd | undefined {
  if (event.isOpen !== true) return { at: event.to, by: 'report' }
  const { heartbeatMs = Infinity, maxLengthMs = Infinity } = rule ?? {}
  const longestAt = event.from + maxLengthMs
  // "Older than" `heartbeatMs`: a millisecond more.
  const silentAt = event.to + heartbeatMs + 1
  if (event.to >= longestAt) return { at: longestAt, by: 'max_length' }
  if (Math.min(longestAt, silentAt) > cutoffAt) return undefined
  return longestAt < silentAt ? { at: longestAt, by: 'max_length' } : { at: event.to, by: 'heartbeat' }
}
