import { systemActor } from '../../core/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acme, aMessage, aReading } from '../testing/metering-fixture.ts'
import {
  aDevice,
  aModelId,
  aSecret,
  codeOf,
  globex,
  openDeviceFixture,
  start,
  type DeviceFixture,
} from '../testing/device-fixture.ts'

let fixture: DeviceFixture
function openOneFixture(): void {
  beforeAll(async () => {
    fixture = await openDeviceFixture()
  })
  afterAll(() => fixture.close())
}

async function idsOf(filter: object = {}): Promise<string[]> {
  const { items } = await fixture.metering.listDevices(acme, { limit: 100, filter })
  return items.map(({ id }) => id)
}

describe('a batch of devices', () => {
  openOneFixture()

  it('gives each its own secret, once', async () => {
    const { metering } = fixture
    const outcomes = await metering.by(systemActor('test')).registerDevices([aDevice('d-1'), aDevice('d-2')])
    const secrets = outcomes.map((each) => (each.outcome === 'created' ? each.secret : ''))
    expect(await metering.authenticateDevice('d-1', aSecret(secrets[0] ?? ''))).toBe(true)
    expect(await metering.authenticateDevice('d-2', aSecret(secrets[1] ?? ''))).toBe(true)
    expect(await metering.authenticateDevice('d-2', aSecret(secrets[0] ?? ''))).toBe(false)
  })

  it('refuses the bad ones alone, each with its code, and takes the others', async () => {
    await fixture.metering
      .by(systemActor('test'))
      .registerDevice(aDevice('theirs', { manufacturerId: globex }))
    const outcomes = await fixture.metering
      .by(systemActor('test'))
      .registerDevices([
        aDevice('bad-1', { serial: 'S-1' }),
        aDevice('not an id'),
        aDevice('bad-3', { modelId: aModelId('saw') }),
        aDevice('bad-4', { baseValues: { energy_wh: 1n } }),
        aDevice('bad-5', { serial: 'S-1' }),
        aDevice('theirs'),
        aDevice('bad-7', { tags: ['no spaces'] }),
        aDevice('bad-8'),
      ])
    expect(outcomes.map((each) => ('code' in each ? each.code : each.outcome))).toEqual([
      'created',
      'id_invalid',
      'model_unknown',
      'register_not_in_model',
      'device_exists',
      'device_exists',
      'device_invalid',
      'created',
    ])
    expect(await idsOf()).toEqual(['bad-1', 'bad-8', 'd-1', 'd-2'])
  })

  it('changes nothing for devices that are registered with the same content', async () => {
    const { metering } = fixture
    const device = aDevice('same-1', {
      serial: 'S-same',
      baseValues: { run_s: 12n },
      site: 'Linz',
      tags: ['b', 'a'],
    })
    const [created] = await metering.by(systemActor('test')).registerDevices([device])
    const again = await metering
      .by(systemActor('test'))
      .registerDevices([{ ...device, tags: ['a', 'b', 'a'] }])
    expect(again.map(({ outcome }) => outcome)).toEqual(['unchanged'])
    const secret = created?.outcome === 'created' ? created.secret : ''
    expect(await metering.authenticateDevice('same-1', aSecret(secret))).toBe(true)
  })

  it.each([
    ['model', { modelId: aModelId('saw') }],
    ['serial number', { serial: 'S-other' }],
    ['commissioning time', { commissionedAt: 5 }],
    ['commissioning value', { baseValues: { run_s: 13n } }],
    ['site', { site: 'Graz' }],
    ['set of tags', { tags: ['a'] }],
  ])('refuses a registered device with another %s', async (name, change) => {
    const { metering } = fixture
    const id = name.replaceAll(' ', '-')
    await metering.by(systemActor('test')).registerModel({
      id: aModelId('saw'),
      manufacturerId: acme,
      name: 'Saw',
      registers: [{ name: 'run_s', unit: 's', maxPerHour: 3_600n, maxGapMs: 1_000, gapRule: 'end' }],
    })
    const device = aDevice(id, { serial: `S-${id}`, baseValues: { run_s: 12n }, site: 'Linz' })
    await metering.by(systemActor('test')).registerDevices([device])
    expect(await metering.by(systemActor('test')).registerDevices([{ ...device, ...change }])).toEqual([
      {
        outcome: 'refused',
        code: 'device_exists',
        detail: `"${id}" is registered with another ${name}; change that device, or choose another id.`,
      },
    ])
  })

  it('writes nothing in a dry run, and says the same', async () => {
    const { metering } = fixture
    const devices = [aDevice('dry-1'), aDevice('dry-1', { site: 'Graz' }), aDevice('not an id')]
    const outcomes = await metering.by(systemActor('test')).registerDevices(devices, { isDryRun: true })
    expect(outcomes.map((each) => ('code' in each ? each.code : each.outcome))).toEqual([
      'valid',
      'device_exists',
      'id_invalid',
    ])
    expect(await fixture.metering.findDevice(acme, 'dry-1')).toBe(undefined)
  })
})

describe('details of a device', () => {
  openOneFixture()

  it('are set, replaced and cleared', async () => {
    const { metering } = fixture
    await metering
      .by(systemActor('test'))
      .registerDevice(aDevice('d-1', { site: 'Linz', tags: ['rental', 'blue'] }))
    expect(await metering.findDevice(acme, 'd-1')).toMatchObject({
      site: 'Linz',
      tags: ['blue', 'rental'],
      firmware: undefined,
      revoked: undefined,
      presence: undefined,
      lastSeenAt: undefined,
    })
    await metering.by(systemActor('test')).updateDevice(acme, 'd-1', { tags: ['sold'], firmware: '2.0' })
    expect(await metering.findDevice(acme, 'd-1')).toMatchObject({
      site: 'Linz',
      tags: ['sold'],
      firmware: '2.0',
    })
    await metering.by(systemActor('test')).updateDevice(acme, 'd-1', { site: null, tags: [], firmware: null })
    expect(await metering.findDevice(acme, 'd-1')).toMatchObject({
      site: undefined,
      tags: [],
      firmware: undefined,
    })
  })

  it.each([
    ['an empty site', { site: '' }],
    ['a tag with a space', { tags: ['a b'] }],
    ['33 tags', { tags: Array.from({ length: 33 }, (_, n) => `t${n}`) }],
    ['a firmware of 65 characters', { firmware: 'x'.repeat(65) }],
  ])('are refused with %s', async (_what, changes) => {
    expect(await codeOf(fixture.metering.by(systemActor('test')).updateDevice(acme, 'd-1', changes))).toBe(
      'device_invalid',
    )
  })

  it('are not changed by another manufacturer (I12)', async () => {
    expect(
      await codeOf(fixture.metering.by(systemActor('test')).updateDevice(globex, 'd-1', { site: 'x' })),
    ).toBe('device_unknown')
  })
})

describe('the list of devices', () => {
  openOneFixture()
  beforeAll(async () => {
    await fixture.metering
      .by(systemActor('test'))
      .registerDevices([
        aDevice('d-1', { site: 'Linz', tags: ['blue'] }),
        aDevice('d-2', { site: 'Graz', tags: ['blue', 'rental'] }),
        aDevice('d-3', { site: 'Linz', tags: ['rental'] }),
        aDevice('x-1', { manufacturerId: globex, site: 'Linz', tags: ['blue'] }),
      ])
  })

  it.each([
    [{}, ['d-1', 'd-2', 'd-3']],
    [{ site: 'Linz' }, ['d-1', 'd-3']],
    [{ tag: 'blue' }, ['d-1', 'd-2']],
    [{ tag: 'rental', site: 'Linz' }, ['d-3']],
    [{ modelId: aModelId('drill') }, ['d-1', 'd-2', 'd-3']],
    [{ modelId: aModelId('saw') }, []],
    [{ tag: 'red' }, []],
  ])('filtered by %o is %o', async (filter, ids) => {
    expect(await idsOf(filter)).toEqual(ids)
  })

  it('comes in pages also when it is filtered', async () => {
    const filter = { tag: 'blue' }
    const first = await fixture.metering.listDevices(acme, { limit: 1, filter })
    expect([first.items.map(({ id }) => id), first.nextAfter]).toEqual([['d-1'], 'd-1'])
    const second = await fixture.metering.listDevices(acme, { limit: 1, after: 'd-1', filter })
    expect([second.items.map(({ id }) => id), second.nextAfter]).toEqual([['d-2'], undefined])
  })

  it('does not call a device silent that was heard of a moment ago', async () => {
    await fixture.metering.ingest([aMessage('d-3', aReading(1, 100), start + 1_000)])
    expect(await idsOf({ silentSince: start + 500 })).toEqual(['d-1', 'd-2'])
  })

  it('finds the silent ones: neither seen nor registered since', async () => {
    const { metering, clock } = fixture
    clock.at = start + 3_600_000
    await metering.by(systemActor('test')).registerDevice(aDevice('d-4'))
    await metering.ingest([aMessage('d-2', aReading(1, 100), start + 3_600_000)])
    await metering.by(systemActor('test')).revokeDevice(acme, 'd-3', 'stolen')
    const reopened = await fixture.reopen()
    expect(await idsOf({ silentSince: start + 1 })).toEqual(['d-1'])
    expect(await reopened.countSilentDevices({ manufacturerId: acme, silentSince: start + 1 })).toBe(1)
    expect(await reopened.countSilentDevices({ silentSince: start + 1 })).toBe(2)
    expect(await reopened.countSilentDevices({ manufacturerId: acme, silentSince: start })).toBe(0)
  })
})
