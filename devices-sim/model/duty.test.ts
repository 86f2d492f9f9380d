import { describe, expect, it } from 'vitest'
import { getInstant, type Reading } from '../../core/index.ts'
import type { Profile } from './profile.ts'
import { profiles } from './profiles.ts'
import { createSimulatedDevice } from './simulated-device.ts'

const october = { from: getInstant('2026-10-01T00:00:00+02:00'), to: getInstant('2026-11-01T00:00:00+01:00') }

function readingsOf(profile: Profile, timeZone = 'Europe/Berlin', deviceId = 'd-1'): Reading[] {
  const device = createSimulatedDevice({ deviceId, profile, seed: 7, startAt: october.from, timeZone })
  return Array.from({ length: device.countUntil(october.to) }, (_, index) => device.reading(index))
}

function localTime({ time }: Reading, timeZone = 'Europe/Berlin'): Temporal.ZonedDateTime {
  const at = time.kind === 'device_time' ? time.at : Number.NaN
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
}

/** Run time by some key of the local time at which it was reported. */
function runSecondsBy(
  readings: readonly Reading[],
  keyOf: (at: Temporal.ZonedDateTime) => string,
  timeZone?: string,
): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const [index, reading] of readings.entries()) {
    const before = readings[index - 1]
    if (before === undefined) continue
    const key = keyOf(localTime(reading, timeZone))
    sums.set(key, (sums.get(key) ?? 0n) + reading.registers[0]!.value - before.registers[0]!.value)
  }
  return sums
}

const dayKind = (at: Temporal.ZonedDateTime): string =>
  at.dayOfWeek === 7 ? 'sunday' : at.dayOfWeek === 6 ? 'saturday' : 'weekday'

describe('the duty of a drill', () => {
  const fleet = Array.from({ length: 12 }, (_, place) => readingsOf(profiles.drill, undefined, `d-${place}`))
  const readings = fleet[1]!

  it('works on weekdays and some Saturdays, never on Sundays', () => {
    const sums = runSecondsBy(readings, dayKind)
    expect(sums.get('sunday') ?? 0n).toBe(0n)
    expect(sums.get('weekday')! > 10n * (sums.get('saturday') ?? 0n)).toBe(true)
    const fleetSaturdays = fleet.map((each) => runSecondsBy(each, dayKind).get('saturday'))
    expect(fleetSaturdays.some((sum) => sum !== undefined && sum > 0n)).toBe(true)
  })

  it('works from seven to four on weekdays with a lunch break, in its own time zone', () => {
    for (const timeZone of ['Europe/Berlin', 'America/New_York']) {
      const minutes = runSecondsBy(
        readingsOf(profiles.drill, timeZone),
        (at) => (at.dayOfWeek <= 5 ? at.toPlainTime().toString({ smallestUnit: 'minute' }) : 'weekend'),
        timeZone,
      )
      const worked = [...minutes]
        .filter(([minute, sum]) => minute !== 'weekend' && sum > 0n)
        .map(([minute]) => minute)
      const outside = worked.filter(
        (minute) => minute < '07:00' || minute > '16:06' || (minute > '12:06' && minute < '12:30'),
      )
      expect(outside).toEqual([])
      expect(worked.length).toBeGreaterThan(300)
    }
  })

  it('has working days and idle days', () => {
    const idleDays = fleet.map((each) => {
      const days = runSecondsBy(each, (at) => (at.dayOfWeek <= 5 ? at.toPlainDate().toString() : 'weekend'))
      return [...days].filter(([key, sum]) => key !== 'weekend' && sum === 0n).length
    })
    const total = idleDays.reduce((sum, count) => sum + count, 0)
    // 12 drills with 22 working days each, of which 4 to 14 in a hundred are idle.
    expect(total).toBeGreaterThan(8)
    expect(total).toBeLessThan(50)
  })

  it('reports every minute while running and every hour while idle', () => {
    const gapsS = readings.slice(1).map((reading, index) => {
      const since = localTime(readings[index]!).until(localTime(reading)).total('seconds')
      return { since, ran: reading.registers[0]!.value > readings[index]!.registers[0]!.value }
    })
    expect(gapsS.filter(({ since }) => since === 60).length).toBeGreaterThan(gapsS.length / 2)
    expect(gapsS.filter(({ since, ran }) => since === 3_600 && !ran).length).toBeGreaterThan(300)
    expect(gapsS.filter(({ since, ran }) => since > 3_600 && ran)).toEqual([])
  })

  it('is switched off for battery swaps and on some weekends', () => {
    const seconds = readings.map((reading) => localTime(reading).epochMilliseconds)
    const phase = seconds[1]! % 60_000
    const afterSwap = seconds.filter((at, index) => index > 0 && at % 60_000 !== phase)
    expect(afterSwap.length).toBeGreaterThan(20)
    const longest = Math.max(...seconds.slice(1).map((at, index) => at - seconds[index]!))
    expect(longest).toBeGreaterThan(2 * 86_400_000)
  })
})

describe('the duty of a compressor', () => {
  it('moves air only while loaded, and hardly any on Sundays', () => {
    const readings = readingsOf(profiles.compressor)
    const sums = runSecondsBy(readings, dayKind)
    expect(sums.get('weekday')! > 40n * sums.get('sunday')!).toBe(true)
    const [runS = 0n, energyWh = 0n, airL = 0n] = readings
      .at(-1)!
      .registers.map(({ value }, register) => value - readings[0]!.registers[register]!.value)
    // 1,800 l/min and 11.6 kW at most; unloaded it still draws 3.2 kW.
    expect(airL * 60n < 1_800n * runS).toBe(true)
    expect(energyWh * 3_600n > 3_200n * runS && energyWh * 3_600n < 11_600n * runS).toBe(true)
  })
})

describe('the duty of a washer', () => {
  const readings = readingsOf(profiles.washer)
  const jobs = readings.flatMap(({ events }) => events)

  it('reports each finished programme once, as an event with its label and as one more cycle', () => {
    const cycles = readings.at(-1)!.registers[2]!.value - readings[0]!.registers[2]!.value
    expect(BigInt(jobs.length)).toBe(cycles)
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length)
    expect(new Set(jobs.map(({ labels }) => labels['programme']))).toEqual(
      new Set(['eco_40_60', 'cotton_40', 'cotton_60', 'quick_30', 'wool']),
    )
  })

  it('washes one load at a time, and more at the weekend', () => {
    const overlapping = jobs.filter((job, place) => place > 0 && job.from < jobs[place - 1]!.to)
    expect(overlapping).toEqual([])
    const sums = runSecondsBy(readings, dayKind)
    // October 2026 has 22 weekdays and 9 days of weekend.
    expect((sums.get('saturday')! + sums.get('sunday')!) * 22n > sums.get('weekday')! * 9n).toBe(true)
  })
})
