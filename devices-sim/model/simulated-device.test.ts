import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { decodeReadingMessage, getInstant } from '../../core/index.ts'
import { encodeReading, encodeReadingMessage } from './encode-reading.ts'
import { profiles } from './profiles.ts'
import {
  createSimulatedDevice,
  type SimulatedDevice,
  type SimulatedDeviceOptions,
} from './simulated-device.ts'

const october = { from: getInstant('2026-10-01T00:00:00+02:00'), to: getInstant('2026-11-01T00:00:00+01:00') }

function aDevice(options: Partial<SimulatedDeviceOptions> = {}): SimulatedDevice {
  return createSimulatedDevice({
    deviceId: 'drill-1',
    profile: profiles.drill,
    seed: 7,
    startAt: october.from,
    ...options,
  })
}

function writeOut(device: SimulatedDevice, until: number): string[] {
  return Array.from({ length: device.countUntil(until) }, (_, index) => encodeReading(device.reading(index)))
}

describe('createSimulatedDevice', () => {
  it('writes these bytes for seed 7, so that a changed model does not pass unnoticed', () => {
    const device = aDevice()
    expect([0, 1, 2_000].map((index) => encodeReading(device.reading(index)))).toMatchInlineSnapshot(`
      [
        "{"v":1,"epoch":1,"seq":1,"at":"2026-09-30T22:00:00.000Z","clock":"synced","registers":{"run_s":782130,"energy_wh":130757}}",
        "{"v":1,"epoch":1,"seq":2,"at":"2026-09-30T22:30:29.110Z","clock":"synced","registers":{"run_s":782130,"energy_wh":130757}}",
        "{"v":1,"epoch":1,"seq":2001,"at":"2026-10-12T11:46:29.110Z","clock":"synced","registers":{"run_s":840518,"energy_wh":140448}}",
      ]
    `)
  })

  it.each(Object.values(profiles))('gives the same bytes for the same seed ($name)', (profile) => {
    expect(writeOut(aDevice({ profile }), october.to)).toEqual(writeOut(aDevice({ profile }), october.to))
  })

  it('gives other readings for another seed, device, profile, zone or start', () => {
    const at = october.from + 3 * 86_400_000
    const written = [
      aDevice(),
      aDevice({ seed: 8 }),
      aDevice({ deviceId: 'drill-2' }),
      aDevice({ profile: profiles.washer }),
      aDevice({ timeZone: 'Asia/Kathmandu' }),
      aDevice({ startAt: october.from + 1 }),
    ].map((device) => writeOut(device, at).join('\n'))
    expect(new Set(written).size).toBe(written.length)
  })

  it('gives the same reading whatever was asked for before', () => {
    const inOrder = writeOut(aDevice(), october.to)
    const jumping = aDevice()
    const places = [4_000, 0, 4_001, 37, 2_500, 36, inOrder.length - 1]
    expect(places.map((index) => encodeReading(jumping.reading(index)))).toEqual(
      places.map((index) => inOrder[index]),
    )
  })

  it('takes its first reading exactly at the start, with registers that are not zero', () => {
    const startAt = getInstant('2026-10-14T09:12:34.567Z')
    const first = aDevice({ startAt }).reading(0)
    expect(first).toMatchObject({
      epoch: 1,
      seq: 1,
      time: { kind: 'device_time', at: startAt, isSynced: true },
    })
    expect(first.registers.every(({ value }) => value > 0n)).toBe(true)
  })

  it('counts the readings up to an instant, that instant included', () => {
    const device = aDevice()
    const { time } = device.reading(1_234)
    const at = time.kind === 'device_time' ? time.at : Number.NaN
    expect([at - 1, at, at + 1].map((instant) => device.countUntil(instant))).toEqual([1_234, 1_235, 1_235])
    expect(device.countUntil(october.from - 1)).toBe(0)
    expect(device.countUntil(october.from)).toBe(1)
  })

  it('gives a drill 3,000 to 6,000 readings in a month', () => {
    const counts = Array.from({ length: 12 }, (_, place) =>
      aDevice({ deviceId: `drill-${place}` }).countUntil(october.to),
    )
    expect(counts.filter((count) => count < 3_000 || count > 6_000)).toEqual([])
  })

  it.each(Object.values(profiles))('sends what the wire format reads back as the same ($name)', (profile) => {
    const device = aDevice({ profile })
    const readings = Array.from({ length: 500 }, (_, index) => device.reading(index))
    const decoded = decodeReadingMessage(Buffer.from(encodeReadingMessage(readings)))
    expect(decoded.map((element) => element.reading)).toEqual(readings)
    expect(decodeReadingMessage(Buffer.from(encodeReadingMessage(readings.slice(0, 1))))[0]?.reading).toEqual(
      readings[0],
    )
  })

  it('refuses an unknown time zone and a bad device id', () => {
    expect(() => aDevice({ timeZone: 'Europe/Nowhere' })).toThrow(
      expect.objectContaining({ code: 'time_zone_unknown' }),
    )
    expect(() => aDevice({ deviceId: 'a/b' })).toThrow(expect.objectContaining({ code: 'id_invalid' }))
  })
})
