/** What devices send that were away for long, that send again, or that two machines send under one name. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceId, InboundMessage } from '../core/index.ts'
import type { Metering } from './metering-types.ts'
import { acme, aMessage, openMeteringFixture, type MeteringFixture } from './testing/metering-fixture.ts'

const MINUTE = 60_000
const start = Date.parse('2026-09-10T00:00:00Z')
const later = Date.parse('2026-11-22T00:00:00Z')

let opened: MeteringFixture
let metering: Metering
beforeEach(async () => {
  opened = await openMeteringFixture(['drill-1', 'drill-2'])
  metering = opened.metering
})
afterEach(() => opened.close())

/** One a minute; the machine runs half of it. */
const readingNo = (seq: number, offset = 0) => ({
  v: 1,
  epoch: 1,
  seq,
  at: new Date(start + seq * MINUTE).toISOString(),
  clock: 'synced',
  registers: { run_s: offset + seq * 30 },
})

/** Readings `first` to `last` in arrays of 1,000, as one batch each. */
function arraysOf(first: number, last: number): InboundMessage[] {
  const messages: InboundMessage[] = []
  for (let from = first; from <= last; from += 1_000) {
    const count = Math.min(1_000, last - from + 1)
    const readings = Array.from({ length: count }, (_, index) => readingNo(from + index))
    messages.push(aMessage('drill-1', readings, later))
  }
  return messages
}

async function runSeconds(fromSeq: number, toSeq: number, deviceId = 'drill-1'): Promise<bigint | undefined> {
  const [from, to] = [start + fromSeq * MINUTE, start + toSeq * MINUTE]
  const [usage] = await metering.readUsage([{ deviceId: deviceId as DeviceId, register: 'run_s', from, to }])
  return usage?.quantity
}

const counts = () => metering.readOutcomeCounts()

describe('a device that was away for long', () => {
  it('brings 100,000 readings after its newest one, while others go on', async () => {
    await metering.ingest([aMessage('drill-1', readingNo(100_001), later)])
    const uploads: Promise<unknown>[] = []
    let ofOthers = 0
    for (const message of arraysOf(1, 100_000)) {
      uploads.push(metering.ingest([message]))
      ofOthers += 1
      await metering.ingest([aMessage('drill-2', readingNo(ofOthers), later)])
    }
    await Promise.all(uploads)
    await metering.settle()

    const accepted = 100_001 + ofOthers
    expect(await counts()).toMatchObject({ received: accepted, accepted, duplicate: 0, held: 0, pending: 0 })
    expect(await runSeconds(1, 100_001)).toBe(3_000_000n)
    expect(await runSeconds(50_000, 50_001)).toBe(30n)
    expect(await runSeconds(1, 100, 'drill-2')).toBe(2_970n)
  }, 120_000)

  it('sends a whole day again, in other arrays, and nothing counts twice', async () => {
    for (const message of arraysOf(1, 3_000)) await metering.ingest([message])
    for (const message of arraysOf(1_441, 2_880)) await metering.ingest([message])
    await metering.settle()
    expect(await counts()).toMatchObject({ received: 4_440, accepted: 3_000, duplicate: 1_440, held: 0 })
    expect(await runSeconds(1, 3_000)).toBe(89_970n)
  })
})

describe('two machines that share one credential', () => {
  it('count as the one that the longer chain follows; what the other says is held, none of it lost', async () => {
    const [mine, other] = [0, 500_000]
    const send = (seq: number, offset: number, seconds: number) =>
      metering.ingest([aMessage('drill-1', readingNo(seq, offset), start + seq * MINUTE + seconds * 1_000)])
    for (const seq of [1, 2, 3, 4, 5]) {
      await send(seq, mine, 1)
      await send(seq, other, 2)
    }
    // The first is away, then comes back and finds its numbers taken.
    for (const seq of [6, 7]) await send(seq, other, 1)
    for (const seq of [6, 7, 8, 9]) await send(seq, mine, 2)
    await metering.settle()

    const holds = await metering.listHolds(acme, 'drill-1')
    expect(holds.map(({ seq, code }) => `${seq} ${code}`).sort()).toEqual([
      '1 content_conflict',
      '2 content_conflict',
      '3 content_conflict',
      '4 content_conflict',
      '5 content_conflict',
      '6 advance_implausible',
      '6 content_conflict',
      '7 advance_implausible',
      '7 content_conflict',
    ])
    expect(await counts()).toMatchObject({ received: 16, accepted: 7, held: 9, duplicate: 0, rejected: 0 })
    // 30 s at the first minute, 270 s at the ninth.
    expect(await runSeconds(1, 9)).toBe(240n)
  })
})
