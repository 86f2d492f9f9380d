/**
 * The standing traps: what goes wrong in meters again and again, each with figures computed by hand from
 * docs/metering-rules.md. The drill of the fixture advances by at most 3,600 s and 2,000 Wh an hour; steps over two hours
 * are estimated, of run time as late as possible (`end`), of energy evenly (`spread`).
 */
import { afterEach, describe, expect, it } from 'vitest'
import { systemActor, type DeviceId, type ModelId } from '../core/index.ts'
import type { Decision, Metering, RegisterDefinition } from './metering-types.ts'
import {
  acme,
  aMessage,
  commissionedAt,
  drillModel,
  openMeteringFixture,
  type MeteringFixture,
} from './testing/metering-fixture.ts'

const HOUR = 3_600_000
const open: MeteringFixture[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function fixture(...deviceIds: string[]): Promise<Metering> {
  const opened = await openMeteringFixture(deviceIds)
  open.push(opened)
  return opened.metering
}

type Extra = Readonly<Record<string, unknown>>

/** `at` is UTC, "2026-10-05 08:00". */
function reading(seq: number, at: string, registers: Readonly<Record<string, number>>, extra: Extra = {}) {
  return { v: 1, epoch: 1, seq, at: `${at.replace(' ', 'T')}:00Z`, registers, ...extra }
}

/** Every reading in a batch of its own, in the order given; returns the codes that the device was told. */
async function send(metering: Metering, ...readings: readonly unknown[]): Promise<string[]> {
  const codes: string[] = []
  for (const each of readings) {
    const { problems } = await metering.ingest([aMessage('drill-1', each)])
    codes.push(...problems.map(({ code }) => code))
  }
  await metering.settle()
  return codes
}

const instant = (at: string) => Date.parse(`${at.replace(' ', 'T')}:00Z`)

async function usageOf(metering: Metering, register: string, from: string, to: string) {
  const span = { from: instant(from), to: instant(to) }
  const [usage] = await metering.readUsage([{ deviceId: 'drill-1' as DeviceId, register, ...span }])
  if (usage === undefined) throw new Error('a query has an answer')
  return usage
}

async function used(metering: Metering, register: string, from: string, to: string): Promise<bigint> {
  return (await usageOf(metering, register, from, to)).quantity
}

async function openHolds(metering: Metering): Promise<string[]> {
  const holds = await metering.listHolds(acme, 'drill-1')
  return holds.map(({ seq, register, code }) => `${seq} ${register ?? 'reading'} ${code}`)
}

async function decide(metering: Metering, decision: Decision): Promise<void> {
  const why = { decidedBy: 'Ada', reason: 'seen on site' }
  await metering
    .by(systemActor('test'))
    .decide({ manufacturerId: acme, deviceId: 'drill-1', decision, ...why })
  await metering.settle()
}

/** The drill's model with one register changed. */
async function changeModel(metering: Metering, register: string, change: Partial<RegisterDefinition>) {
  const model = await metering.findModel(acme, drillModel)
  const registers = (model?.registers ?? []).map((each) =>
    each.name === register ? { ...each, ...change } : each,
  )
  return metering
    .by(systemActor('test'))
    .registerModel({ id: drillModel, manufacturerId: acme, name: 'Drill', registers })
}

describe('a reading on day 29 inside a month of backlog', () => {
  // One reading a day at midnight, an hour of run time a day, but half an hour on the 28th and one and a half on the 29th.
  const days = Array.from({ length: 32 }, (_, index) => {
    const day = index + 1
    const runS = 1_000 + 3_600 * index - (day === 29 ? 1_800 : 0)
    const on = day === 32 ? '2026-11-01' : `2026-10-${String(day).padStart(2, '0')}`
    return reading(day, `${on} 00:00`, { run_s: runS })
  })
  const [live, day29] = [days[31], days[28]]
  const backlog = days.slice(0, 31)
  const withoutDay29 = backlog.filter((each) => each !== day29)

  it('moves usage between its two neighbours and leaves the month alone', async () => {
    const metering = await fixture('drill-1')
    expect(await send(metering, live, withoutDay29)).toEqual([])
    expect(await used(metering, 'run_s', '2026-10-01 00:00', '2026-11-01 00:00')).toBe(111_600n)
    expect(await used(metering, 'run_s', '2026-10-28 00:00', '2026-10-29 00:00')).toBe(0n)
    expect(await used(metering, 'run_s', '2026-10-29 00:00', '2026-10-30 00:00')).toBe(7_200n)

    expect(await send(metering, day29)).toEqual([])
    expect(await used(metering, 'run_s', '2026-10-01 00:00', '2026-11-01 00:00')).toBe(111_600n)
    expect(await used(metering, 'run_s', '2026-10-28 00:00', '2026-10-29 00:00')).toBe(1_800n)
    expect(await used(metering, 'run_s', '2026-10-29 00:00', '2026-10-30 00:00')).toBe(5_400n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ received: 32, accepted: 32, held: 0 })
  })

  it.each([
    ['the backlog first', [backlog, live]],
    ['the live one first', [live, backlog]],
    ['the backlog backwards', [live, ...[...backlog].reverse()]],
    ['day 29 first of all', [day29, live, withoutDay29]],
  ])('gives the same with %s', async (_, arrivals) => {
    const metering = await fixture('drill-1')
    expect(await send(metering, ...arrivals)).toEqual([])
    expect(await used(metering, 'run_s', '2026-10-28 00:00', '2026-10-29 00:00')).toBe(1_800n)
    expect(await used(metering, 'run_s', '2026-10-29 00:00', '2026-10-30 00:00')).toBe(5_400n)
    expect(await used(metering, 'run_s', '2026-10-01 00:00', '2026-11-01 00:00')).toBe(111_600n)
  })
})

describe('a late reading between two billed ones', () => {
  async function billed(): Promise<Metering> {
    const metering = await fixture('drill-1')
    await send(
      metering,
      reading(1, '2026-10-05 08:00', { run_s: 1_000 }),
      reading(3, '2026-10-05 10:00', { run_s: 4_600 }),
    )
    const span = { from: instant('2026-10-05 08:00'), to: instant('2026-10-05 10:00') }
    const spans = [{ deviceId: 'drill-1' as DeviceId, register: 'run_s', ...span }]
    const pinned = await metering.pinUsage({ pinId: 'invoice-1', spans })
    expect(pinned.map(({ quantity }) => quantity)).toEqual([3_600n])
    return metering
  }

  it('is held when it is a spike, and what was billed and what follows stay as they are', async () => {
    const metering = await billed()
    const codes = await send(
      metering,
      reading(2, '2026-10-05 09:00', { run_s: 900_000 }),
      reading(4, '2026-10-05 11:00', { run_s: 5_000 }),
    )
    expect(codes).toEqual(['advance_implausible'])
    expect(await openHolds(metering)).toEqual(['2 run_s advance_implausible'])
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 10:00')).toBe(3_600n)
    expect(await used(metering, 'run_s', '2026-10-05 10:00', '2026-10-05 11:00')).toBe(400n)
    const differences = await metering.readPinDifferences('invoice-1')
    expect(differences.map(({ difference }) => difference)).toEqual([0n])
  })

  it('moves usage inside the billed span when it is plausible, and the bill not at all', async () => {
    const metering = await billed()
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 09:00')).toBe(1_800n)
    expect(await send(metering, reading(2, '2026-10-05 09:00', { run_s: 1_900 }))).toEqual([])
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 09:00')).toBe(900n)
    expect(await used(metering, 'run_s', '2026-10-05 09:00', '2026-10-05 10:00')).toBe(2_700n)
    const differences = await metering.readPinDifferences('invoice-1')
    expect(differences.map(({ quantityNow, difference }) => [quantityNow, difference])).toEqual([
      [3_600n, 0n],
    ])
  })
})

describe('a rate limit that is changed after the fact', () => {
  const readings = [
    reading(1, '2026-10-05 08:00', { energy_wh: 1_000 }),
    reading(2, '2026-10-05 09:00', { energy_wh: 4_000 }),
    reading(3, '2026-10-05 10:00', { energy_wh: 4_100 }),
  ]

  it('judges again as if it had always been so, in both directions', async () => {
    const metering = await fixture('drill-1')
    // 2,000 Wh an hour and four minutes of skew allow 2,134 Wh in an hour and 4,134 Wh in two.
    expect(await send(metering, ...readings)).toEqual(['advance_implausible'])
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-05 10:00')).toBe(3_100n)
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-05 09:00')).toBe(1_550n)

    // 3,000 Wh an hour allow 3,201 Wh in an hour.
    const wider = await changeModel(metering, 'energy_wh', { maxPerHour: 3_000n })
    await metering.by(systemActor('test')).setModelVersion(acme, 'drill-1', wider.version)
    await metering.settle()
    expect(await openHolds(metering)).toEqual([])
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-05 09:00')).toBe(3_000n)
    expect(await used(metering, 'energy_wh', '2026-10-05 09:00', '2026-10-05 10:00')).toBe(100n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 3, held: 0, pending: 0 })

    await metering.by(systemActor('test')).setModelVersion(acme, 'drill-1', 1)
    await metering.settle()
    expect(await openHolds(metering)).toEqual(['2 energy_wh advance_implausible'])
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-05 09:00')).toBe(1_550n)
    expect(await metering.readOutcomeCounts()).toMatchObject({ accepted: 2, held: 1, pending: 0 })
  })

  it('believes the longer run when the limit becomes narrower', async () => {
    const metering = await fixture('drill-1')
    await send(metering, ...readings)
    // 1,000 Wh an hour allow 2,067 Wh in two hours: now only 4,000 and 4,100 belong together.
    const narrower = await changeModel(metering, 'energy_wh', { maxPerHour: 1_000n })
    await metering.by(systemActor('test')).setModelVersion(acme, 'drill-1', narrower.version)
    await metering.settle()
    expect(await openHolds(metering)).toEqual(['1 energy_wh value_contradicted'])
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-05 10:00')).toBe(100n)
  })

  it('does not touch what was billed before', async () => {
    const metering = await fixture('drill-1')
    await send(metering, ...readings)
    const span = { from: instant('2026-10-05 08:00'), to: instant('2026-10-05 09:30') }
    const spans = [{ deviceId: 'drill-1' as DeviceId, register: 'energy_wh', ...span }]
    const pinned = await metering.pinUsage({ pinId: 'invoice-1', spans })
    expect(pinned.map(({ quantity }) => quantity)).toEqual([2_325n]) // 3,100 in 120 minutes, after 90
    const wider = await changeModel(metering, 'energy_wh', { maxPerHour: 3_000n })
    await metering.by(systemActor('test')).setModelVersion(acme, 'drill-1', wider.version)
    await metering.settle()
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-05 09:30')).toBe(2_325n)
    const differences = await metering.readPinDifferences('invoice-1')
    expect(differences.map(({ difference }) => difference)).toEqual([0n])
  })
})

describe('an energy board that is exchanged while run time goes on', () => {
  const before = [
    reading(1, '2026-10-05 08:00', { run_s: 1_000, energy_wh: 50_000 }),
    reading(2, '2026-10-05 09:00', { run_s: 2_800, energy_wh: 50_900 }),
  ]
  const after = (extra: Extra) => [
    reading(3, '2026-10-05 10:00', { run_s: 4_600, energy_wh: 450 }, extra),
    reading(4, '2026-10-05 11:00', { run_s: 6_400, energy_wh: 1_350 }),
  ]
  const energyOf = (metering: Metering, from: string, to: string) =>
    used(metering, 'energy_wh', `2026-10-05 ${from}`, `2026-10-05 ${to}`)

  async function expectWholeUsage(metering: Metering): Promise<void> {
    expect(await openHolds(metering)).toEqual([])
    expect(await energyOf(metering, '08:00', '09:00')).toBe(900n)
    expect(await energyOf(metering, '09:00', '09:30')).toBe(400n)
    expect(await energyOf(metering, '09:30', '10:00')).toBe(450n)
    expect(await energyOf(metering, '08:00', '11:00')).toBe(2_650n)
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 11:00')).toBe(5_400n)
  }

  it('counts both boards when the device reports it', async () => {
    const metering = await fixture('drill-1')
    const exchange = { register: 'energy_wh', final: 51_300, start: 0, at: '2026-10-05T09:30:00Z' }
    expect(await send(metering, ...before, ...after({ exchanges: [exchange] }))).toEqual([])
    await expectWholeUsage(metering)
  })

  it('holds the energy, counts the run time, and gives the same once a person says what happened', async () => {
    const metering = await fixture('drill-1')
    expect(await send(metering, ...before, ...after({}))).toEqual(['register_fell', 'register_fell'])
    expect(await energyOf(metering, '08:00', '11:00')).toBe(900n)
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 11:00')).toBe(5_400n)

    const at = instant('2026-10-05 09:30')
    await decide(metering, { kind: 'exchange', register: 'energy_wh', final: 51_300n, start: 0n, at })
    await expectWholeUsage(metering)
  })
})

describe('a register with a modulus that shows less than before', () => {
  const meterModel = 'meter' as ModelId

  async function meter(): Promise<Metering> {
    const metering = await fixture()
    await metering.by(systemActor('test')).registerModel({
      id: meterModel,
      manufacturerId: acme,
      name: 'Meter',
      registers: [
        {
          name: 'energy_wh',
          unit: 'Wh',
          maxPerHour: 2_000n,
          maxGapMs: 2 * HOUR,
          gapRule: 'spread',
          modulus: 100_000n,
        },
      ],
    })
    const id = 'drill-1' as DeviceId
    await metering
      .by(systemActor('test'))
      .registerDevice({ id, manufacturerId: acme, modelId: meterModel, commissionedAt })
    return metering
  }

  it.each([
    // Below 0.9 of the modulus it cannot have rolled over.
    ['40,000 to 39,990', 40_000, 39_990, 'register_fell'],
    // 99,990 Wh in 48 hours and four minutes are more than the 96,134 Wh that are possible.
    ['95,000 to 94,990', 95_000, 94_990, 'advance_implausible'],
  ])('is held after two days offline when it goes from %s', async (_, first, second, code) => {
    const metering = await meter()
    const codes = await send(
      metering,
      reading(1, '2026-10-05 08:00', { energy_wh: first }),
      reading(2, '2026-10-07 08:00', { energy_wh: second }),
      reading(3, '2026-10-07 09:00', { energy_wh: first + 30 }),
    )
    expect(codes).toEqual([code])
    expect(await openHolds(metering)).toEqual([`2 energy_wh ${code}`])
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-07 09:00')).toBe(30n)
  })

  it('has rolled over when it goes from 99,950 to 40', async () => {
    const metering = await meter()
    const codes = await send(
      metering,
      reading(1, '2026-10-05 08:00', { energy_wh: 99_950 }),
      reading(2, '2026-10-07 08:00', { energy_wh: 40 }),
    )
    expect(codes).toEqual([])
    expect(await used(metering, 'energy_wh', '2026-10-05 08:00', '2026-10-07 08:00')).toBe(90n)
  })
})

describe('a drill that is off from Friday 18:00 to Monday 07:15 and shows 900 s more', () => {
  it('has run from seven on Monday and not on the weekend', async () => {
    const metering = await fixture('drill-1')
    const codes = await send(
      metering,
      reading(1, '2026-10-02 18:00', { run_s: 10_000 }),
      reading(2, '2026-10-05 07:15', { run_s: 10_900 }),
    )
    expect(codes).toEqual([])
    expect(await used(metering, 'run_s', '2026-10-02 18:00', '2026-10-05 00:00')).toBe(0n)
    expect(await used(metering, 'run_s', '2026-10-05 00:00', '2026-10-05 07:00')).toBe(0n)
    expect(await used(metering, 'run_s', '2026-10-05 07:00', '2026-10-05 07:15')).toBe(900n)
    expect(await used(metering, 'run_s', '2026-10-05 00:00', '2026-10-06 00:00')).toBe(900n)
    const { end } = await usageOf(metering, 'run_s', '2026-10-05 00:00', '2026-10-05 07:05')
    expect(end).toMatchObject({ value: 10_300n, isEstimated: true })
  })
})

describe('a device that moves to another customer in the middle of a gap', () => {
  const readings = [
    reading(1, '2026-10-05 08:00', { run_s: 1_000, energy_wh: 10_000 }),
    reading(2, '2026-10-05 20:00', { run_s: 19_000, energy_wh: 16_000 }),
  ]
  const morning = ['2026-10-05 08:00', '2026-10-05 12:00'] as const
  const evening = ['2026-10-05 12:00', '2026-10-05 20:00'] as const

  it('has an estimated value at the hand-over, as its gap rules say', async () => {
    const metering = await fixture('drill-1')
    await send(metering, ...readings)
    // 18,000 s at the end of the gap begin at 15:00; a third of 6,000 Wh falls before noon.
    expect(await used(metering, 'run_s', ...morning)).toBe(0n)
    expect(await used(metering, 'run_s', ...evening)).toBe(18_000n)
    expect(await used(metering, 'energy_wh', ...morning)).toBe(2_000n)
    expect(await used(metering, 'energy_wh', ...evening)).toBe(4_000n)
    for (const register of ['run_s', 'energy_wh']) {
      const { end } = await usageOf(metering, register, ...morning)
      expect(end.isEstimated).toBe(true)
    }
  })

  it('is exact on both sides once a person has entered the hand-over reading', async () => {
    const metering = await fixture('drill-1')
    await send(metering, ...readings)
    const at = instant('2026-10-05 12:00')
    await decide(metering, { kind: 'hand_over', register: 'run_s', value: 5_500n, at })
    await decide(metering, { kind: 'hand_over', register: 'energy_wh', value: 10_800n, at })
    expect(await used(metering, 'run_s', ...morning)).toBe(4_500n)
    expect(await used(metering, 'run_s', ...evening)).toBe(13_500n)
    expect(await used(metering, 'energy_wh', ...morning)).toBe(800n)
    expect(await used(metering, 'energy_wh', ...evening)).toBe(5_200n)
    const { end } = await usageOf(metering, 'run_s', ...morning)
    expect(end.before).toEqual({ at, value: 5_500n, reading: undefined })
  })
})

describe('a retry with another age', () => {
  it('is a duplicate and leaves the time of the first copy', async () => {
    const metering = await fixture('drill-1')
    const receivedAt = instant('2026-10-05 12:00')
    const aged = (seq: number, runS: number, ageS: number) => ({
      v: 1,
      epoch: 1,
      seq,
      ageS,
      registers: { run_s: runS },
    })
    await metering.ingest([aMessage('drill-1', aged(1, 100, 60), receivedAt)])
    await metering.ingest([aMessage('drill-1', aged(1, 100, 90), receivedAt + 30_000)])
    await metering.ingest([aMessage('drill-1', [aged(1, 100, 7_200)], receivedAt + 60_000)])
    await metering.ingest([aMessage('drill-1', aged(2, 1_900, 0), receivedAt + HOUR)])
    expect(await metering.readOutcomeCounts()).toMatchObject({
      received: 4,
      accepted: 2,
      duplicate: 2,
      held: 0,
    })
    // 1,800 s from 11:59 to 13:00, half of them by 12:29:30.
    const half = { from: instant('2026-10-05 11:59'), to: instant('2026-10-05 12:29') + 30_000 }
    const [usage] = await metering.readUsage([
      { deviceId: 'drill-1' as DeviceId, register: 'run_s', ...half },
    ])
    expect(usage?.quantity).toBe(900n)
  })
})

describe('a sequence number that jumps by a billion', () => {
  it('is held whole, and the readings after it count as if it had not come', async () => {
    const metering = await fixture('drill-1')
    const codes = await send(
      metering,
      reading(1, '2026-10-05 08:00', { run_s: 100 }),
      reading(1_000_000_001, '2026-10-05 08:10', { run_s: 300 }),
      reading(2, '2026-10-05 08:20', { run_s: 200 }),
      reading(3, '2026-10-05 08:30', { run_s: 400 }),
    )
    expect(codes).toEqual(['sequence_jump'])
    expect(await openHolds(metering)).toEqual(['1000000001 reading sequence_jump'])
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 08:20')).toBe(100n)
    expect(await used(metering, 'run_s', '2026-10-05 08:20', '2026-10-05 08:30')).toBe(200n)
    expect(await metering.readOutcomeCounts()).toMatchObject({
      received: 4,
      accepted: 3,
      held: 1,
      pending: 0,
    })
  })

  it('is no jump up to a million, counted from the last reading that counts', async () => {
    const metering = await fixture('drill-1')
    const codes = await send(
      metering,
      reading(1, '2026-10-05 08:00', { run_s: 100 }),
      reading(1_000_001, '2026-10-05 08:10', { run_s: 200 }),
      reading(2_000_002, '2026-10-05 08:20', { run_s: 300 }),
      reading(1_000_002, '2026-10-05 08:30', { run_s: 400 }),
    )
    // The third is one too far ahead when it comes; the fourth brings it within reach, and shows more than it.
    expect(codes).toEqual(['sequence_jump'])
    expect(await openHolds(metering)).toEqual(['2000002 run_s register_fell'])
    expect(await used(metering, 'run_s', '2026-10-05 08:00', '2026-10-05 08:30')).toBe(300n)
  })
})
