/** When a machine ran, from the steps of its usage: by civil day, and within a day the stretches without a pause. */
import type { UsageStep } from '../api/contracts.ts'
import { dayOf, minuteOfDay } from '../format/instants.ts'

export type Stretch = {
  readonly from: string
  readonly to: string
  /** Minutes since midnight by the zone's clock. */
  readonly fromMinute: number
  readonly toMinute: number
  readonly isEstimated: boolean
}

export type RunningDay = {
  readonly day: string
  readonly quantity: bigint
  readonly hasEstimate: boolean
  readonly stretches: readonly Stretch[]
}

const DAY_MINUTES = 1_440

/** Every day of `days`, also those on which nothing ran. */
export function runningDays(
  steps: readonly UsageStep[],
  days: readonly string[],
  timeZone: string,
): RunningDay[] {
  const byDay = Map.groupBy(steps, ({ from }) => dayOf(from, timeZone))
  return days.map((day) => {
    const own = byDay.get(day) ?? []
    const ran = own.filter(({ quantity }) => BigInt(quantity) > 0n)
    return {
      day,
      quantity: own.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n),
      hasEstimate: ran.some(({ isEstimated }) => isEstimated),
      stretches: joinStretches(ran, timeZone),
    }
  })
}

function joinStretches(ran: readonly UsageStep[], timeZone: string): Stretch[] {
  const stretches: Stretch[] = []
  for (const { from, to, isEstimated } of ran) {
    // A step that ends at midnight ends at the end of its own day.
    const toMinute = minuteOfDay(to, timeZone) || DAY_MINUTES
    const last = stretches.at(-1)
    if (last !== undefined && last.to === from && last.isEstimated === isEstimated) {
      stretches[stretches.length - 1] = { ...last, to, toMinute }
    } else {
      stretches.push({ from, to, fromMinute: minuteOfDay(from, timeZone), toMinute, isEstimated })
    }
  }
  return stretches
}
