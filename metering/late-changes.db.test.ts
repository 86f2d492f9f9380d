/** What changes before the end of what a document rests on is told to who follows late changes, and nothing else is. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceId } from '../core/index.ts'
import type { Metering } from './metering-types.ts'
import { aMessage, aReading, openMeteringFixture, type MeteringFixture } from './testing/metering-fixture.ts'

const deviceId = 'drill-1' as DeviceId
const at = (clock: string) => `2026-10-01T${clock}Z`
const instant = (clock: string) => Date.parse(at(clock))
const span = (from: string, to: string) => {
  return { deviceId, register: 'run_s', from: instant(from), to: instant(to) }
}

let opened: MeteringFixture
let metering: Metering
let position = 0
beforeEach(async () => {
  opened = await openMeteringFixture([deviceId])
  metering = opened.metering
  position = 0
})
afterEach(() => opened.close())

/** The spans since the last time, as hours of the day: "06-08". */
async function late(): Promise<string[]> {
  const page = await metering.feed.readLateChanges(position, 1_000)
  expect(page.isLast).toBe(true)
  position = page.position
  return page.changes.map(({ from, to }) =>
    [from, to].map((edge) => new Date(edge).toISOString().slice(11, 13)).join('-'),
  )
}

describe('late changes', () => {
  it('are none while nothing rests on a device, and none for what follows in order', async () => {
    await metering.ingest([aMessage(deviceId, aReading(1, 100, { at: at('06:00:00') }))])
    await metering.ingest([aMessage(deviceId, aReading(2, 200, { at: at('08:10:00') }))])
    expect(await late()).toEqual([])
    await metering.pinUsage({ pinId: 'invoice-1', spans: [span('05:00:00', '08:00:00')] })
    await metering.ingest([aMessage(deviceId, aReading(3, 300, { at: at('09:30:00') }))])
    expect(await late()).toEqual([])
  })

  it('name a reading that arrives for a span that is pinned', async () => {
    await metering.ingest([
      aMessage(deviceId, aReading(1, 100, { at: at('06:00:00') })),
      aMessage(deviceId, aReading(3, 200, { at: at('08:10:00') })),
    ])
    await metering.pinUsage({ pinId: 'invoice-1', spans: [span('05:00:00', '08:00:00')] })
    await late()
    await metering.ingest([aMessage(deviceId, aReading(2, 190, { at: at('07:00:00') }))])
    await metering.settle()
    expect(await late()).not.toEqual([])
    expect(await late()).toEqual([])
  })

  it('name the next reading where the pinned span ended in the dark', async () => {
    await metering.ingest([aMessage(deviceId, aReading(1, 100, { at: at('07:45:00') }))])
    await metering.pinUsage({ pinId: 'invoice-1', spans: [span('05:00:00', '08:00:00')] })
    await late()
    await metering.ingest([aMessage(deviceId, aReading(2, 160, { at: at('08:15:00') }))])
    expect((await late()).length).toBeGreaterThan(0)
    // R(08:00) was 100 and is 130 now.
    const [difference] = await metering.readPinDifferences('invoice-1')
    expect(difference?.difference).toBe(30n)
  })

  it('name an event that ended where events are watched, also when its end moves out of there', async () => {
    const job = (to: string, quantity = 1) => ({
      id: 'job-1',
      type: 'job',
      from: at('05:30:00'),
      to: at(to),
      quantity,
    })
    await metering.ingest([aMessage(deviceId, aReading(1, 100, { at: at('06:00:00') }))])
    await metering.pinUsage({
      pinId: 'invoice-1',
      spans: [],
      watched: [{ deviceId, to: instant('08:00:00') }],
    })
    await late()
    await metering.ingest([
      aMessage(deviceId, aReading(2, 110, { at: at('09:00:00'), events: [job('07:10:00')] })),
    ])
    expect(await late()).toContain('07-08')
    await metering.ingest([
      aMessage(deviceId, aReading(3, 120, { at: at('10:00:00'), events: [job('09:10:00', 2)] })),
    ])
    expect(await late()).toContain('07-08')
    await metering.ingest([
      aMessage(
        deviceId,
        aReading(4, 130, {
          at: at('11:00:00'),
          events: [{ ...job('10:30:00'), id: 'job-2', from: at('10:00:00') }],
        }),
      ),
    ])
    expect(await late()).toEqual([])
  })
})

describe('missing readings', () => {
  const between = (from: number, to: number, epochs: readonly [number, number] = [1, 1]) => ({
    deviceId,
    from: { epoch: epochs[0], seq: from },
    to: { epoch: epochs[1], seq: to },
  })

  it('are the sequence numbers that nobody has stored, in any order of arrival and across epochs', async () => {
    const send = async (epoch: number, ...seqs: number[]) => {
      for (const seq of seqs) {
        await metering.ingest([
          aMessage(
            deviceId,
            aReading(seq, epoch * 1_000 + seq, { epoch, at: at(`0${epoch}:${10 + seq}:00`) }),
          ),
        ])
      }
    }
    await send(1, 1, 2, 5, 7)
    expect(await metering.countMissingReadings([between(1, 7), between(1, 2), between(5, 7)])).toEqual([
      3, 0, 1,
    ])
    await send(1, 4, 3)
    expect(await metering.countMissingReadings([between(1, 7)])).toEqual([1])
    await send(1, 6)
    // A second epoch begins anywhere, here at 4.
    await send(2, 4, 6)
    expect(await metering.countMissingReadings([between(1, 6, [1, 2]), between(1, 4, [1, 2])])).toEqual([
      1, 0,
    ])
  })
})
