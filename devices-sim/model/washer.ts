/**
 * A washing machine in a shared laundry room: programmes with a heating and a drum phase, more in the evening and at
 * the weekend. Each finished programme is a usage event with its label and one more cycle.
 */
import type { Random } from '../../core/index.ts'
import { type Activity, LAST_DUTY_SECOND, type Profile, secondOfDay } from './profile.ts'

type Programme = {
  readonly label: string
  readonly lengthS: number
  readonly heatingS: number
  readonly drumWatts: number
  readonly weight: number
}

const programmes: readonly Programme[] = [
  { label: 'eco_40_60', lengthS: 10_800, heatingS: 1_200, drumWatts: 110, weight: 30 },
  { label: 'cotton_40', lengthS: 6_600, heatingS: 1_200, drumWatts: 180, weight: 30 },
  { label: 'cotton_60', lengthS: 7_800, heatingS: 1_900, drumWatts: 180, weight: 15 },
  { label: 'quick_30', lengthS: 1_800, heatingS: 420, drumWatts: 220, weight: 20 },
  { label: 'wool', lengthS: 2_700, heatingS: 300, drumWatts: 90, weight: 5 },
]

export const washerProfile: Profile = {
  name: 'washer',
  modelId: 'sim-washer',
  modelName: 'Simulated washing machine',
  description: 'A washing machine in a shared laundry room: cycles as usage events with their programme.',
  registers: [
    { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'end' },
    { name: 'energy_wh', unit: 'Wh', maxPerHour: 2_400n, maxGapMs: 7_200_000, gapRule: 'end' },
    { name: 'cycles', unit: 'cycle', maxPerHour: 4n, maxGapMs: 7_200_000, gapRule: 'end' },
  ],
  counting: [
    { partsPerUnit: 1, typicalPerHour: 3_600 },
    { partsPerUnit: 3_600, typicalPerHour: 500 },
    { partsPerUnit: 1, typicalPerHour: 1 },
  ],
  runningEveryS: 600,
  heartbeatEveryS: 3_600,

  planDay({ on, weekday }, random) {
    const day = random('day', on)
    const activities: Activity[] = []
    let at = secondOfDay('06:00') + day.between(0, 7_200)
    while (at < secondOfDay('21:30')) {
      const { label, lengthS, heatingS, drumWatts } = pickProgramme(day)
      const heatedAt = at + heatingS + day.between(0, 120)
      const doneAt = at + lengthS + day.between(-120, 300)
      if (doneAt > LAST_DUTY_SECOND) break
      activities.push(
        { from: at, to: heatedAt, partsPerSecond: [1, day.between(1_950, 2_100), 0] },
        {
          from: heatedAt,
          to: doneAt,
          partsPerSecond: [1, drumWatts, 0],
          job: { from: at, type: 'wash', labels: { programme: label }, parts: [0, 0, 1] },
        },
      )
      const isBusy = weekday >= 6 || at >= secondOfDay('16:30')
      at = doneAt + (isBusy ? day.between(120, 3_000) : day.between(900, 10_800))
    }
    return { activities, offPeriods: [] }
  },
}

function pickProgramme(random: Random): Programme {
  const totalWeight = programmes.reduce((sum, { weight }) => sum + weight, 0)
  let drawn = random.below(totalWeight)
  const picked = programmes.find(({ weight }) => {
    drawn -= weight
    return drawn < 0
  })
  return picked ?? programmes[0]!
}
