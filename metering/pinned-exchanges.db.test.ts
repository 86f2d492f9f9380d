/**
 * A pin keeps an exchange at its time. A late reading may then lie after it in time and before the reading that reports it in
 * sequence, so that a slot's points do not come in the order of their readings.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceId } from '../core/index.ts'
import type { Metering } from './metering-types.ts'
import { aMessage, aReading, openMeteringFixture, type MeteringFixture } from './testing/metering-fixture.ts'

const deviceId = 'drill-1' as DeviceId
const at = (clock: string) => `2026-10-01T${clock}Z`
const span = (from: string, to: string) => {
  return { deviceId, register: 'run_s', from: Date.parse(at(from)), to: Date.parse(at(to)) }
}

let opened: MeteringFixture
let metering: Metering
beforeEach(async () => {
  opened = await openMeteringFixture([deviceId])
  metering = opened.metering
})
afterEach(() => opened.close())

const read = async (from: string, to: string) => (await metering.readUsage([span(from, to)]))[0]
const pin = (from: string, to: string) => metering.pinUsage({ pinId: 'invoice-1', spans: [span(from, to)] })

describe('a late reading behind a pinned exchange', () => {
  it('counts after the exchange, and the slot that holds both can still be read', async () => {
    const exchange = { register: 'run_s', final: 130, start: 0, at: at('00:06:00') }
    await metering.ingest([
      aMessage(deviceId, aReading(1, 100, { at: at('00:05:00') })),
      aMessage(deviceId, aReading(3, 10, { at: at('00:20:00'), exchanges: [exchange] })),
    ])
    await pin('00:00:00', '00:20:00')
    await metering.ingest([aMessage(deviceId, aReading(2, 5, { at: at('00:10:00') }))])
    await metering.settle()

    // 100 at 00:05, on to 130 at 00:06, then from 0 to 5 at 00:10 and 10 at 00:20.
    expect((await read('00:05:00', '00:06:00'))?.quantity).toBe(30n)
    expect((await read('00:06:00', '00:10:00'))?.quantity).toBe(5n)
    expect((await read('00:05:00', '00:20:00'))?.quantity).toBe(40n)
  })

  it('is named as what bounds the span, if it comes first of two at one time', async () => {
    const exchange = { register: 'run_s', final: 20, start: 0, at: at('00:00:30') }
    await metering.ingest([aMessage(deviceId, aReading(2, 0, { at: at('00:01:00'), exchanges: [exchange] }))])
    await pin('00:00:00', '00:00:00')
    await metering.ingest([aMessage(deviceId, aReading(1, 0, { at: at('00:01:00') }))])
    await metering.settle()

    const usage = await read('00:00:00', '00:00:45')
    expect(usage?.end.after?.reading).toMatchObject({ epoch: 1, seq: 1 })
  })
})
