/** Metrics of what was really ingested, through metering's face; the rules of event types through the reader itself. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor, type DeviceId, type ModelId } from '../../core/index.ts'
import { openSqlite } from '../../db/sqlite-index.ts'
import type { EventTypeRule, Metric, MetricQuery } from '../metric-types.ts'
import { openUsageReader } from '../store/usage-reader.ts'
import {
  acme,
  aMessage,
  commissionedAt,
  drillModel,
  openMeteringFixture,
  type MeteringFixture,
} from '../testing/metering-fixture.ts'
import { openMetricReader } from './metric-reader.ts'

const MINUTE = 60_000
const start = Date.parse('2026-10-01T08:00:00Z')
const cutoffAt = Date.parse('2026-11-22T00:00:00Z')
const minute = (count: number) => start + count * MINUTE
const instant = (count: number) => new Date(minute(count)).toISOString()

let opened: MeteringFixture
let devices = 0
beforeAll(async () => {
  opened = await openMeteringFixture([])
})
afterAll(() => opened.close())

async function newDevice(modelId: ModelId = drillModel): Promise<DeviceId> {
  const id = `device-${(devices += 1)}` as DeviceId
  await opened.metering
    .by(systemActor('test'))
    .registerDevice({ id, manufacturerId: acme, modelId, commissionedAt })
  return id
}

async function send(deviceId: DeviceId, readings: readonly object[]): Promise<string[]> {
  const messages = readings.map((reading) => aMessage(deviceId, { v: 1, epoch: 1, ...reading }, cutoffAt))
  const { problems } = await opened.metering.ingest(messages)
  return problems.map(({ code }) => code)
}

async function read(deviceId: DeviceId, metric: Metric, from: number, to: number) {
  const [result] = await opened.metering.readMetrics([
    { deviceId, metric, from: minute(from), to: minute(to), cutoffAt },
  ])
  return result
}

const source = { register: 'run_s' }

describe('metrics of a register', () => {
  it('sum what readUsage says, over random spans and with late readings', async () => {
    const steps = fc.array(
      fc.record({ minutes: fc.integer({ min: 0, max: 40 }), advance: fc.integer({ min: 0, max: 200 }) }),
      { minLength: 1, maxLength: 30 },
    )
    const spans = fc.array(fc.tuple(fc.integer({ min: -60, max: 700 }), fc.nat({ max: 600_000 })), {
      minLength: 2,
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(steps, spans, fc.nat(), async (taken, cuts, late) => {
        const deviceId = await newDevice()
        let [at, runS] = [0, 500]
        const readings = taken.map(({ minutes, advance }, seq) => {
          ;[at, runS] = [at + minutes, runS + advance]
          return { seq, at: instant(at), registers: { run_s: runS } }
        })
        const [lateOne] = readings.splice(late % readings.length, 1)
        await send(deviceId, readings)
        await send(deviceId, [lateOne ?? {}])
        const instants = cuts.map(([minutes, ms]) => minute(minutes) + ms).sort((a, b) => a - b)
        const periods = instants.slice(1).map((to, index) => ({ from: instants[index] ?? to, to }))
        const usage = await opened.metering.readUsage(
          periods.map((period) => ({ deviceId, register: 'run_s', ...period })),
        )
        const sums = await opened.metering.readMetrics(
          periods.map((period) => ({
            deviceId,
            metric: { source, aggregation: 'sum' },
            ...period,
            cutoffAt,
          })),
        )
        expect(sums.map(({ quantity }) => quantity)).toEqual(usage.map(({ quantity }) => quantity))
        expect(sums.map(({ knownUntil, unit }) => [knownUntil, unit])).toEqual(
          usage.map(({ knownUntil, unit }) => [knownUntil, unit]),
        )
        const latest = await opened.metering.readMetrics(
          periods.map((period) => ({
            deviceId,
            metric: { source, aggregation: 'latest' },
            ...period,
            cutoffAt,
          })),
        )
        const hasPoints = usage[0]?.knownUntil !== undefined
        expect(latest.map(({ quantity }) => quantity)).toEqual(
          usage.map(({ end }) => (hasPoints ? end.value : undefined)),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('see a long step inside a slot, and no long step where readings are dense', async () => {
    const modelId = 'pump' as ModelId
    await opened.metering.by(systemActor('test')).registerModel({
      id: modelId,
      manufacturerId: acme,
      name: 'Pump',
      registers: [{ name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 5 * MINUTE, gapRule: 'spread' }],
    })
    const deviceId = await newDevice(modelId)
    // Slot 0: a reading a minute, 10 s each. Slot 1: 300 s in a hole of 6 minutes. Slot 2: dense again, 20 s each.
    const minutes = [...Array(16).keys(), 21, ...Array.from({ length: 25 }, (_, index) => 22 + index)]
    const runAt = (count: number) => (count <= 15 ? count * 10 : count === 21 ? 450 : 450 + (count - 21) * 20)
    await send(
      deviceId,
      minutes.map((count, seq) => ({ seq, at: instant(count), registers: { run_s: runAt(count) } })),
    )
    expect(await read(deviceId, { source, aggregation: 'sum' }, 0, 45)).toMatchObject({
      quantity: 930n,
      estimatedQuantity: 300n,
    })
    // Slot 1 has 300 s of the hole and 9 minutes of 20 s.
    expect(await read(deviceId, { source, aggregation: 'max' }, 0, 45)).toMatchObject({
      quantity: 300n,
      slotAt: minute(30),
      excludedQuantity: 480n,
      unit: 's',
      knownUntil: minute(46),
    })
  })
})

describe('metrics of events', () => {
  const wash = { type: 'wash', from: instant(0), quantity: 1, labels: { programme: 'eco' } }
  const count: Metric = { source: { eventType: 'wash' }, aggregation: 'count' }

  it('count an event whole in the span that holds its end, at its borders too', async () => {
    const deviceId = await newDevice()
    await send(deviceId, [{ seq: 1, at: instant(90), events: [{ id: 'w', ...wash, to: instant(60) }] }])
    expect(await read(deviceId, count, 0, 60)).toMatchObject({ quantity: 0n })
    expect(await read(deviceId, count, 60, 61)).toMatchObject({ quantity: 1n, unit: undefined })
    expect(await read(deviceId, { ...count, source: { eventType: 'dry' } }, 0, 99)).toMatchObject({
      quantity: 0n,
    })
  })

  it('come whole, with the end that they have, and with the sessions that may yet end in the span counted', async () => {
    const deviceId = await newDevice()
    const event = (id: string, to: number, open = false) => ({ ...wash, id, to: instant(to), open })
    await send(deviceId, [
      {
        seq: 1,
        at: instant(90),
        events: [event('b', 60), event('a', 60), event('late', 70), event('open', 50, true)],
      },
    ])
    const query = { deviceId, type: 'wash', from: minute(60), to: minute(70), cutoffAt }
    const [result] = await opened.metering.readEvents([query])
    const end = { at: minute(60), by: 'report' }
    expect(result).toEqual({
      ...query,
      events: ['a', 'b'].map((id) => ({
        id,
        type: 'wash',
        from: minute(0),
        to: minute(60),
        quantity: 1n,
        labels: { programme: 'eco' },
        end,
      })),
      openSessions: 1,
    })
    await expect(opened.metering.readEvents([{ ...query, to: query.from - 1 }])).rejects.toMatchObject({
      code: 'usage_span_invalid',
    })
  })

  it('follow a session from its first sign of life to its end, in whatever order readings come', async () => {
    const deviceId = await newDevice()
    const sum: Metric = { source: { eventType: 'wash' }, aggregation: 'sum' }
    const session = (seq: number, to: number, quantity: number, open: boolean) => ({
      seq,
      at: instant(to),
      events: [{ ...wash, id: 's', to: instant(to), quantity, ...(open ? { open } : {}) }],
    })
    expect(await send(deviceId, [session(3, 30, 3, true)])).toEqual([])
    expect(await send(deviceId, [session(1, 10, 1, true)])).toEqual([])
    expect(await read(deviceId, sum, 0, 100)).toMatchObject({ quantity: 0n, openSessions: 1 })
    expect(await read(deviceId, sum, 0, 30)).toMatchObject({ quantity: 0n, openSessions: 0 })
    expect(await send(deviceId, [session(4, 40, 4, false), session(5, 50, 9, true)])).toEqual([
      'event_conflict',
    ])
    expect(await send(deviceId, [session(2, 20, 2, true)])).toEqual([])
    expect(await read(deviceId, sum, 0, 100)).toMatchObject({
      quantity: 4n,
      estimatedQuantity: 0n,
      openSessions: 0,
    })
    expect(await opened.metering.listHolds(acme, deviceId)).toMatchObject([
      { seq: 5, code: 'event_conflict' },
    ])
  })

  it('end a session by the rule of its type, marked, until its late end arrives', async () => {
    const deviceId = await newDevice()
    const session = (id: string, seq: number, to: number, open: boolean) => ({
      seq,
      at: instant(to),
      events: [{ ...wash, id, to: instant(to), quantity: to, ...(open ? { open } : {}) }],
    })
    await send(deviceId, [session('lost', 1, 10, true), session('alive', 2, 58, true)])

    const database = openSqlite(opened.file, { readOnly: true })
    const reader = (rules: readonly EventTypeRule[]) =>
      openMetricReader(database, {
        walkRegister: openUsageReader(database).walkRegister,
        readEventTypes: () => rules,
      })
    const sum: Metric = { source: { eventType: 'wash' }, aggregation: 'sum' }
    const at = (rules: readonly EventTypeRule[], from: number, to: number, cutoff: number) => {
      const query: MetricQuery = {
        deviceId,
        metric: sum,
        from: minute(from),
        to: minute(to),
        cutoffAt: minute(cutoff),
      }
      const [result] = reader(rules).readMetrics([query])
      return [result?.quantity, result?.estimatedQuantity, result?.openSessions]
    }
    const heartbeat = { type: 'wash', heartbeatMs: 5 * MINUTE }
    const longest = { type: 'wash', maxLengthMs: 60 * MINUTE }
    expect(at([], 0, 600, 600)).toEqual([0n, 0n, 2])
    expect(at([{ ...heartbeat, type: 'dry' }], 0, 600, 600)).toEqual([0n, 0n, 2])
    expect(at([heartbeat], 0, 600, 60)).toEqual([10n, 10n, 1])
    expect(at([heartbeat], 11, 600, 60)).toEqual([0n, 0n, 1])
    expect(at([heartbeat], 0, 600, 64)).toEqual([68n, 68n, 0])
    expect(at([longest], 0, 60, 600)).toEqual([0n, 0n, 0])
    expect(at([longest], 60, 61, 600)).toEqual([68n, 68n, 0])

    await send(deviceId, [session('lost', 3, 90, false)])
    expect(at([longest], 0, 61, 600)).toEqual([58n, 58n, 0])
    expect(at([longest], 90, 91, 600)).toEqual([90n, 0n, 0])
    database.close()
  })
})

describe('readMetrics', () => {
  const daily: Metric = { source, aggregation: 'unique_days', timeZone: 'UTC' }
  it.each<[string, Partial<MetricQuery>, string, string?]>([
    ['a device that is not there', { deviceId: 'nobody' as DeviceId }, 'device_unknown'],
    [
      'a register that is not there',
      { metric: { ...daily, source: { register: 'x' } } },
      'register_not_in_model',
    ],
    ['a span that ends before it begins', { to: start - 1 }, 'usage_span_invalid', '/queries/0/to'],
    [
      'a span of 400 days and 1 ms',
      { to: start + 400 * 1_440 * MINUTE + 1 },
      'metric_span_too_long',
      '/queries/0/to',
    ],
    ['a zone that is not there', { metric: { ...daily, timeZone: 'Mars/Olympus' } }, 'time_zone_unknown'],
    [
      'an aggregation of events',
      { metric: { source, aggregation: 'count' } },
      'metric_invalid',
      '/queries/0/metric/aggregation',
    ],
    [
      'a maximum of events',
      { metric: { source: { eventType: 'e' }, aggregation: 'max' } },
      'metric_invalid',
      '/queries/0/metric/aggregation',
    ],
    [
      'labels of a register',
      { metric: { ...daily, labels: { a: ['b'] } } },
      'metric_invalid',
      '/queries/0/metric/labels',
    ],
    [
      'a label without texts',
      { metric: { source: { eventType: 'e' }, aggregation: 'count', labels: { a: [] } } },
      'metric_invalid',
      '/queries/0/metric/labels',
    ],
    [
      'values of no label',
      { metric: { source: { eventType: 'e' }, aggregation: 'unique' } },
      'metric_invalid',
      '/queries/0/metric/label',
    ],
    [
      'a label that is of no use',
      { metric: { ...daily, label: 'a' } },
      'metric_invalid',
      '/queries/0/metric/label',
    ],
    [
      'days without a zone',
      { metric: { source, aggregation: 'unique_days' } },
      'metric_invalid',
      '/queries/0/metric/timeZone',
    ],
    [
      'a zone without days',
      { metric: { source, aggregation: 'sum', timeZone: 'UTC' } },
      'metric_invalid',
      '/queries/0/metric/timeZone',
    ],
  ])('refuses %s', async (_what, changes, code, pointer) => {
    const deviceId = await newDevice()
    const query = { deviceId, metric: daily, from: start, to: start + 1, cutoffAt, ...changes }
    const issues = pointer === undefined ? [] : [{ pointer }]
    await expect(opened.metering.readMetrics([query])).rejects.toMatchObject({ code, issues })
  })

  it('reads a span of nothing, and an empty register', async () => {
    const deviceId = await newDevice()
    const sums = await opened.metering.readMetrics([
      { deviceId, metric: { source, aggregation: 'sum' }, from: start, to: start, cutoffAt },
      { deviceId, metric: { source, aggregation: 'latest' }, from: start, to: start + 1, cutoffAt },
    ])
    expect(sums.map(({ quantity, knownUntil }) => [quantity, knownUntil])).toEqual([
      [0n, undefined],
      [undefined, undefined],
    ])
  })
})
