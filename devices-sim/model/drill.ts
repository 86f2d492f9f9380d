/**
 * A cordless drill on a building site: bursts of seconds to minutes in tasks, with breakfast and lunch breaks, some
 * Saturdays, idle days, battery swaps, and weekends with the battery taken out.
 */
import type { Random } from '../../core/index.ts'
import { type Activity, type DayPlan, type Profile, secondOfDay } from './profile.ts'

type Span = { readonly from: number; readonly to: number }

const shift = span('07:00', '16:00')
const weekdayWork = [span('07:00', '09:00'), span('09:15', '12:00'), span('12:45', '16:00')]
const saturdayWork = [span('07:30', '09:30'), span('09:45', '12:30')]

export const drillProfile: Profile = {
  name: 'drill',
  modelId: 'sim-drill',
  modelName: 'Simulated drill',
  description:
    'A cordless drill on a building site: short bursts in a working day, idle nights and weekends.',
  registers: [
    { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' },
    { name: 'energy_wh', unit: 'Wh', maxPerHour: 1_200n, maxGapMs: 7_200_000, gapRule: 'end' },
  ],
  counting: [
    { partsPerUnit: 1, typicalPerHour: 3_600 },
    { partsPerUnit: 3_600, typicalPerHour: 600 },
  ],
  runningEveryS: 60,
  heartbeatEveryS: 3_600,

  planDay({ on, mondayOn, weekday }, random) {
    const week = random('week', mondayOn)
    const worksSaturday = week.chance(250)
    const isBatteryOutAtWeekend = week.chance(400) && !worksSaturday
    if (weekday === 7 || (weekday === 6 && !worksSaturday)) {
      return { activities: [], offPeriods: isBatteryOutAtWeekend ? [{ from: 0, to: 86_400 }] : [] }
    }

    const habits = random('habits')
    const idlePerMille = habits.between(40, 140)
    const pacePercent = habits.between(75, 130)
    const day = random('day', on)
    const isIdle = day.chance(idlePerMille)
    const work = isIdle ? [] : weekday === 6 ? saturdayWork : weekdayWork
    const plan = planTasks(work, pacePercent, day)
    if (!isBatteryOutAtWeekend) return plan

    const takenOutAt = shift.to + day.between(600, 1_800)
    const putInAt = shift.from - day.between(300, 1_800)
    return {
      activities: plan.activities,
      offPeriods: [
        ...(weekday === 1 ? [{ from: 0, to: putInAt }] : []),
        ...plan.offPeriods,
        ...(weekday === 5 ? [{ from: takenOutAt, to: 86_400 }] : []),
      ],
    }
  },
}

const threeShifts = [span('00:05', '07:30'), span('08:00', '15:30'), span('16:00', '23:20')]

/** The same machine in a tunnel, where three crews work round the clock: whenever somebody looks, it runs. */
export const tunnelDrillProfile: Profile = {
  ...drillProfile,
  name: 'tunnel_drill',
  description: 'A drill in a tunnel: three crews, seven days a week.',
  planDay: ({ on }, random) => planTasks(threeShifts, random('habits').between(300, 500), random('day', on)),
}

function planTasks(work: readonly Span[], pacePercent: number, random: Random): DayPlan {
  const activities: Activity[] = []
  const offPeriods: Span[] = []
  let chargeS = random.between(900, 1_800)
  for (const { from, to } of work) {
    let at = from + random.between(60, 900)
    while (at < to) {
      for (let burstsLeft = random.between(4, 13); burstsLeft > 0 && at < to; burstsLeft -= 1) {
        const lengthS = random.chance(80) ? random.between(120, 300) : random.between(5, 65)
        const endsAt = Math.min(at + lengthS, to)
        activities.push({ from: at, to: endsAt, partsPerSecond: [1, random.between(350, 850)] })
        chargeS -= endsAt - at
        at = endsAt + random.between(8, 75)
        if (chargeS <= 0) {
          offPeriods.push({ from: at, to: at + random.between(60, 240) })
          at += 240 + random.between(10, 60)
          chargeS = random.between(1_200, 1_800)
        }
      }
      const pauseS = random.between(240, 1_500)
      at += (pauseS * 100 - ((pauseS * 100) % pacePercent)) / pacePercent
    }
  }
  return { activities, offPeriods }
}

function span(from: string, to: string): Span {
  return { from: secondOfDay(from), to: secondOfDay(to) }
}
