/**
 * A screw compressor in a workshop with two shifts: it loads until the pressure is reached, runs unloaded, and stops
 * when nobody draws air. On Sundays it only makes up for leaks.
 */
import { type Activity, type Profile, secondOfDay } from './profile.ts'

export const compressorProfile: Profile = {
  name: 'compressor',
  modelId: 'sim-compressor',
  modelName: 'Simulated compressor',
  description: 'A screw compressor in a two-shift workshop: load and idle cycles, energy and air volume.',
  registers: [
    { name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 7_200_000, gapRule: 'spread' },
    { name: 'energy_wh', unit: 'Wh', maxPerHour: 13_000n, maxGapMs: 7_200_000, gapRule: 'spread' },
    { name: 'air_l', unit: 'l', maxPerHour: 120_000n, maxGapMs: 7_200_000, gapRule: 'spread' },
  ],
  counting: [
    { partsPerUnit: 1, typicalPerHour: 3_600 },
    { partsPerUnit: 3_600, typicalPerHour: 9_000 },
    { partsPerUnit: 60, typicalPerHour: 70_000 },
  ],
  runningEveryS: 300,
  heartbeatEveryS: 3_600,

  planDay({ on, weekday }, random) {
    const day = random('day', on)
    const demandPerMille = weekday === 7 ? 0 : day.between(500, 900)
    const from = secondOfDay('06:00') + day.between(0, 600)
    const to = secondOfDay(weekday === 6 ? '13:00' : '22:00')
    const activities: Activity[] = []
    let at = from
    while (at < to) {
      const loadedUntil = at + day.between(120, 480)
      activities.push({
        from: at,
        to: loadedUntil,
        partsPerSecond: [1, day.between(10_400, 11_600), day.between(1_600, 1_800)],
      })
      if (day.chance(demandPerMille)) {
        const unloadedUntil = loadedUntil + day.between(45, 240)
        activities.push({
          from: loadedUntil,
          to: unloadedUntil,
          partsPerSecond: [1, day.between(3_200, 3_800), 0],
        })
        at = unloadedUntil
      } else {
        const longestStopS = weekday === 7 ? 18_000 : 1_200
        at = loadedUntil + day.between(300, longestStopS)
      }
    }
    return { activities, offPeriods: [] }
  },
}
