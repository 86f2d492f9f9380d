/**
 * When a machine ran on each civil day of a zone. What it counted on a day comes from the usage of that day; when, from its
 * sessions, to the second. A session over midnight is cut there.
 */
import type { Session, UsageStep } from '../api/contracts.ts'
import { addDays, dayOf, secondOfDay, startOfDay } from '../format/instants.ts'

export type Stretch = {
  readonly from: string
  readonly to: string
  /** Seconds since midnight by the zone's clock. */
  readonly fromSecond: number
  readonly toSecond: number
  readonly isEstimated: boolean
}

export type RunningDay = {
  readonly day: string
  readonly quantity: bigint
  readonly hasEstimate: boolean
  readonly stretches: readonly Stretch[]
}

export const DAY_SECONDS = 86_400

type Ran = { readonly daily: readonly UsageStep[]; readonly sessions: readonly Session[] }

/** Every day of `days`, also those on which nothing ran. */
export function runningDays(
  { daily, sessions }: Ran,
  days: readonly string[],
  timeZone: string,
): RunningDay[] {
  const byDay = Map.groupBy(daily, ({ from }) => dayOf(from, timeZone))
  return days.map((day) => {
    const stretches = stretchesOn(day, sessions, timeZone)
    return {
      day,
      quantity: (byDay.get(day) ?? []).reduce((sum, { quantity }) => sum + BigInt(quantity), 0n),
      hasEstimate: stretches.some(({ isEstimated }) => isEstimated),
      stretches,
    }
  })
}

function stretchesOn(day: string, sessions: readonly Session[], timeZone: string): Stretch[] {
  const start = startOfDay(day, timeZone)
  const end = startOfDay(addDays(day, 1), timeZone)
  return sessions.flatMap((session) => {
    const from = laterOf(session.from, start)
    const to = earlierOf(session.to, end)
    if (Date.parse(from) >= Date.parse(to)) return []
    return [
      {
        from,
        to,
        fromSecond: secondOfDay(from, timeZone),
        toSecond: to === end ? DAY_SECONDS : secondOfDay(to, timeZone),
        isEstimated: session.isEstimated,
      },
    ]
  })
}

function laterOf(one: string, other: string): string {
  return Date.parse(one) >= Date.parse(other) ? one : other
}

function earlierOf(one: string, other: string): string {
  return Date.parse(one) < Date.parse(other) ? one : other
}
