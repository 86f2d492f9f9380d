import { describe, expect, it } from 'vitest'
import { decodeReadingMessage } from '../../../core/index.ts'
import { encodeDeviceReading, MeteredDevice, type DeviceMessage } from './metered-device.ts'

const startAt = Date.parse('2026-10-01T00:00:00Z')
const aDevice = (seed: number) => new MeteredDevice(seed, 'drill-1', 'secret', startAt, 500)

function takeMessages(device: MeteredDevice, count: number): DeviceMessage[] {
  return Array.from({ length: count }, () => {
    const message = device.nextMessage(true)
    if (message === undefined) throw new Error('a device that measures has something to send')
    return message
  })
}

describe('a metered device', () => {
  it('measures the same with the same seed, whatever becomes of its messages', () => {
    const [calm, troubled] = [aDevice(1), aDevice(1)]
    for (const message of takeMessages(calm, 500)) calm.acknowledge(message, 0)
    for (let session = 0; session < 200; session += 1) {
      troubled.goOnline()
      takeMessages(troubled, 2)
      troubled.goOffline(true)
    }
    const truthOf = ({ readings }: MeteredDevice) =>
      readings.slice(0, 400).map(({ runS, energyWh, kind }) => ({ runS, energyWh, kind }))
    expect(truthOf(troubled)).toEqual(truthOf(calm))
    expect(truthOf(calm)).toHaveLength(400)
    expect(truthOf(aDevice(2))).not.toEqual(truthOf(calm))
  })

  it('sends everything that was not acknowledged again, and nothing else, once it measures no more', () => {
    const device = aDevice(3)
    const lost = takeMessages(device, 40)
    device.goOffline(false)
    device.goOnline()
    const due = new Set(lost.flatMap(({ readings }) => readings))
    const again: DeviceMessage[] = []
    for (let next = device.nextMessage(false); next !== undefined; next = device.nextMessage(false)) {
      again.push(next)
      device.acknowledge(next, 1)
    }
    expect(new Set(again.flatMap(({ readings }) => readings))).toEqual(due)
    expect(again.every(({ isResent }) => isResent)).toBe(true)
    expect(device.unacknowledged.size).toBe(0)
  })

  it('sends what cannot be stored in a message of its own', () => {
    const device = aDevice(4)
    for (let round = 0; round < 150; round += 1) {
      device.goOffline(true)
      device.goOnline()
      for (const message of takeMessages(device, 3)) {
        const poisoned = message.readings.filter(({ kind }) => kind === 'poisoned').length
        expect(poisoned === 0 || message.readings.length === 1).toBe(true)
        device.acknowledge(message, round)
      }
    }
    expect(device.readings.filter(({ kind }) => kind === 'poisoned').length).toBeGreaterThan(0)
  })

  it('means the same in both spellings', () => {
    const [reading] = takeMessages(aDevice(5), 1).flatMap(({ readings }) => readings)
    if (reading === undefined) throw new Error('the first message holds a reading')
    const decoded = [false, true].map((asText) =>
      decodeReadingMessage(Buffer.from(encodeDeviceReading(reading, asText))),
    )
    expect(decoded[0]?.[0]?.refusal).toBe(undefined)
    expect(decoded[1]?.[0]?.reading).toEqual(decoded[0]?.[0]?.reading)
    expect(encodeDeviceReading(reading, true)).not.toBe(encodeDeviceReading(reading, false))
  })
})
