import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, getInstant, HOUR_MS, type Reading } from '../../core/index.ts'
import { tunnelDrillProfile } from './drill.ts'
import { encodeReading } from './encode-reading.ts'
import { profiles } from './profiles.ts'
import { createSimulatedDevice, type SimulatedDeviceOptions } from './simulated-device.ts'

const options: fc.Arbitrary<SimulatedDeviceOptions> = fc.record({
  deviceId: fc.constantFrom('a', 'site-7.drill~2', 'Z_9'),
  profile: fc.constantFrom(...Object.values(profiles)),
  seed: fc.nat(),
  startAt: fc.integer({ min: getInstant('2024-01-01T00:00:00Z'), max: getInstant('2027-12-31T00:00:00Z') }),
  timeZone: fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'UTC',
  ),
})

function instantOf({ time }: Reading): number {
  return time.kind === 'device_time' ? time.at : Number.NaN
}

describe('a simulated device', () => {
  it('numbers its readings without a gap, and its device time and registers never fall', () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 12 }), (chosen, days) => {
        const device = createSimulatedDevice(chosen)
        const count = device.countUntil(chosen.startAt + days * DAY_MS)
        const readings = Array.from({ length: count }, (_, index) => device.reading(index))
        const wrong = readings.slice(1).filter((after, place) => {
          const before = readings[place]!
          const isInOrder = after.seq === before.seq + 1 && instantOf(after) > instantOf(before)
          return !isInOrder || after.registers.some(({ value }, at) => value < before.registers[at]!.value)
        })
        expect(wrong).toEqual([])
      }),
      {
        numRuns: 40,
        // Where the clock goes forward, the tunnel drill's first shift began before its day.
        examples: [
          [
            {
              deviceId: 'a',
              profile: tunnelDrillProfile,
              seed: 0,
              startAt: 1_709_182_800_000,
              timeZone: 'America/New_York',
            },
            12,
          ],
        ],
      },
    )
  })

  it('never runs longer than the time that passed, nor faster than its model says', () => {
    fc.assert(
      fc.property(options, fc.nat({ max: 400 }), fc.integer({ min: 1, max: 200 }), (chosen, index, steps) => {
        const device = createSimulatedDevice(chosen)
        const before = device.reading(index)
        const after = device.reading(index + steps)
        const elapsedMs = BigInt(instantOf(after) - instantOf(before))
        for (const [register, { name, maxPerHour }] of device.profile.registers.entries()) {
          const advance = after.registers[register]!.value - before.registers[register]!.value
          // Whole units: what was begun before the first reading may be completed by the second.
          const begun = name === 'run_s' ? 0n : BigInt(HOUR_MS)
          expect(advance * BigInt(HOUR_MS)).toBeLessThanOrEqual(maxPerHour * elapsedMs + begun)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('has the same readings before an instant however far it is written out', () => {
    fc.assert(
      fc.property(options, fc.nat({ max: 800 }), (chosen, index) => {
        const far = createSimulatedDevice(chosen)
        far.countUntil(chosen.startAt + 20 * DAY_MS)
        expect(encodeReading(far.reading(index))).toBe(
          encodeReading(createSimulatedDevice(chosen).reading(index)),
        )
      }),
      { numRuns: 60 },
    )
  })
})
