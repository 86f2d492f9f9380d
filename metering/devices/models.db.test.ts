import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor, type DeviceId, type ManufacturerId } from '../../core/index.ts'
import type { Model, RegisterDefinition } from '../metering-types.ts'
import { acme, aMessage, aReading } from '../testing/metering-fixture.ts'
import {
  aDevice,
  aModelId,
  codeOf,
  globex,
  openDeviceFixture,
  type DeviceFixture,
} from '../testing/device-fixture.ts'

let fixture: DeviceFixture
beforeAll(async () => {
  fixture = await openDeviceFixture()
})
afterAll(() => fixture.close())

const runTime: RegisterDefinition = {
  name: 'run_s',
  unit: 's',
  maxPerHour: 3_600n,
  maxGapMs: 900_000,
  gapRule: 'end',
  modulus: 100_000n,
  display: { unit: 'h', factor: 3_600n },
}
const washer: Omit<Model, 'version'> = {
  id: aModelId('washer'),
  manufacturerId: acme,
  name: 'Washer',
  registers: [runTime],
  eventTypes: [{ type: 'wash', maxLengthMs: 10_800_000, heartbeatMs: 60_000 }, { type: 'coin' }],
}

describe('a model', () => {
  it('reads back with modulus, display unit and event types', async () => {
    expect(await fixture.metering.by(systemActor('test')).registerModel(washer)).toEqual({
      ...washer,
      version: 1,
    })
    expect(await fixture.metering.findModel(acme, washer.id)).toEqual({ ...washer, version: 1 })
  })

  it.each([
    ['name', { name: 'Washing machine' }],
    ['rate', { registers: [{ ...runTime, maxPerHour: 7_200n }] }],
    ['display unit', { registers: [{ ...runTime, display: { unit: 'min', factor: 60n } }] }],
    ['event rule', { eventTypes: [{ type: 'wash', maxLengthMs: 7_200_000 }] }],
  ])('gets a second version when its %s changes, and keeps the first', async (what, change) => {
    const { metering } = fixture
    const model = { ...washer, id: aModelId(what.replace(' ', '-')) }
    const changed = { ...model, ...change }
    await metering.by(systemActor('test')).registerModel(model)
    expect((await metering.by(systemActor('test')).registerModel(changed)).version).toBe(2)
    expect((await metering.by(systemActor('test')).registerModel(changed)).version).toBe(2)
    expect(await metering.listModelVersions(acme, model.id)).toEqual([
      { ...model, version: 1 },
      { ...changed, version: 2 },
    ])
  })

  it('is listed with its newest version, in order of id, in pages', async () => {
    const { metering } = fixture
    const manufacturerId = 'man_initech' as ManufacturerId
    for (const id of ['a', 'c', 'b'])
      await metering.by(systemActor('test')).registerModel({ ...washer, manufacturerId, id: aModelId(id) })
    await metering
      .by(systemActor('test'))
      .registerModel({ ...washer, manufacturerId, id: aModelId('b'), name: 'Second' })
    const first = await metering.listModels(manufacturerId, { limit: 2 })
    expect(first.items.map(({ id, version }) => [id, version])).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    const second = await metering.listModels(manufacturerId, { limit: 2, after: first.nextAfter ?? '' })
    expect(second.items.map(({ id }) => id)).toEqual(['c'])
    expect(second.nextAfter).toBe(undefined)
  })

  it('says when a session of its devices ends whose end was lost', async () => {
    const { metering } = fixture
    await metering.by(systemActor('test')).registerModel(washer)
    await metering.by(systemActor('test')).registerDevice(aDevice('w-1', { modelId: washer.id }))
    const from = '2026-11-20T08:00:00Z'
    const to = '2026-11-20T08:10:00Z'
    const events = [{ id: 'e-1', type: 'wash', from, to, quantity: 7, open: true }]
    await metering.ingest([aMessage('w-1', aReading(1, 0, { at: to, events }))])
    const readWashes = async (cutoffAt: string) => {
      const [washes] = await metering.readMetrics([
        {
          deviceId: 'w-1' as DeviceId,
          metric: { source: { eventType: 'wash' }, aggregation: 'sum' },
          from: Date.parse(from),
          to: Date.parse('2026-11-20T09:00:00Z'),
          cutoffAt: Date.parse(cutoffAt),
        },
      ])
      return [washes?.quantity, washes?.openSessions]
    }
    // One minute of silence is the heartbeat; older than it ends the session.
    expect(await readWashes('2026-11-20T08:11:00Z')).toEqual([0n, 1])
    expect(await readWashes('2026-11-20T08:11:00.001Z')).toEqual([7n, 0])
  })

  it('is not shown to another manufacturer (I12)', async () => {
    await fixture.metering.by(systemActor('test')).registerModel(washer)
    expect(await fixture.metering.listModelVersions(globex, washer.id)).toEqual([])
    const { items } = await fixture.metering.listModels(globex, { limit: 10 })
    expect(items.map(({ id }) => id)).toEqual(['drill'])
  })

  it.each([
    ['a display factor of nothing', { registers: [{ ...runTime, display: { unit: 'h', factor: 0n } }] }],
    ['a display without a unit', { registers: [{ ...runTime, display: { unit: '', factor: 60n } }] }],
    ['an event type named twice', { eventTypes: [{ type: 'wash' }, { type: 'wash' }] }],
    ['an event type with capitals', { eventTypes: [{ type: 'Wash' }] }],
    ['a session of no length', { eventTypes: [{ type: 'wash', maxLengthMs: 0 }] }],
    ['half a millisecond of heartbeat', { eventTypes: [{ type: 'wash', heartbeatMs: 0.5 }] }],
    [
      'a heartbeat longer than any session',
      { eventTypes: [{ type: 'wash', maxLengthMs: 60_000, heartbeatMs: 60_001 }] },
    ],
  ])('with %s is refused', async (_what, change) => {
    const model = { ...washer, id: aModelId('refused'), ...change }
    expect(await codeOf(fixture.metering.by(systemActor('test')).registerModel(model))).toBe('model_invalid')
    expect(await fixture.metering.findModel(acme, model.id)).toBe(undefined)
  })
})
