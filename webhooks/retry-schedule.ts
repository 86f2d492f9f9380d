/**
 * When a delivery that failed is tried again: the schedule that the Standard Webhooks specification recommends, some three days in all, each
 * pause longer by up to a tenth, so that what failed together does not come back together.
 *
 * A server that says "429" or "503" with `Retry-After` is left alone for as long, but for a day at most, so that it cannot keep a delivery
 * for ever; it never makes the pause shorter.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, parseInstant, SECOND_MS } from '../core/index.ts'

const pausesMs = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  DAY_MS,
] as const

const JITTER_STEPS = 256

/** The pause after so many attempts, the first one counted; undefined when it was the last. `jitterByte` is random. */
export function pauseAfter(attempts: number, jitterByte: number, askedMs = 0): number | undefined {
  const pauseMs = pausesMs[attempts - 1]
  if (pauseMs === undefined) return undefined
  const withJitter = pauseMs + Math.floor((pauseMs * (jitterByte % JITTER_STEPS)) / (10 * JITTER_STEPS))
  return Math.max(withJitter, Math.min(askedMs, DAY_MS))
}

/** How long `Retry-After` asks to wait: seconds, or a date of HTTP; undefined for anything else. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND_MS
  const at = parseHttpDate(header)
  return at === undefined ? undefined : Math.max(0, at - now)
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7), the form that is sent today. */
function parseHttpDate(text: string): number | undefined {
  const [, day, month = '', year, time] =
    /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(text) ?? []
  const monthNo = (months.indexOf(month) + 1).toString().padStart(2, '0')
  return parseInstant(`${year}-${monthNo}-${day}T${time}Z`)
}
