/**
 * When a job of the calendar falls due, by a cron expression (minute hour day month weekday) in a time zone.
 *
 * Pure, and the only file that knows croner. A civil time that a change of the clocks leaves out falls due when the clocks
 * have changed; one that comes twice falls due the first time, unless the expression names intervals (every 10 minutes).
 */
import { Cron } from 'croner'

export type Calendar = {
  readonly cron: string
  /** IANA name. */
  readonly timeZone: string
}

/** The due instants of `[from, to)`, oldest first, and no more than `limit` of them. */
export function dueInstants(calendar: Calendar, from: number, to: number, limit = Infinity): number[] {
  const cron = open(calendar)
  const instants: number[] = []
  let next = cron.nextRun(new Date(from - 1))?.getTime()
  while (next !== undefined && next < to && instants.length < limit) {
    instants.push(next)
    next = cron.nextRun(new Date(next))?.getTime()
  }
  return instants
}

/** The first due instant after `at`. */
export function nextDueAfter(calendar: Calendar, at: number): number | undefined {
  return open(calendar).nextRun(new Date(at))?.getTime()
}

/** The newest due instant of `[from, to)`: long after `from` cheaper than all of them. */
export function lastDueWithin(calendar: Calendar, from: number, to: number): number | undefined {
  const [last] = open(calendar).previousRuns(1, new Date(to))
  return last !== undefined && last.getTime() >= from ? last.getTime() : undefined
}

/** @throws RangeError for an expression that is none: jobs are ours, so that is a mistake in the program. */
function open({ cron, timeZone }: Calendar): Cron {
  return new Cron(cron, { timezone: timeZone, paused: true, mode: '5-part' })
}
