/** Counts and lists of a fleet: what they say, and that they walk indexes and not the fleet. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deviceTopics, systemActor, type DeviceId, type ManufacturerId } from '../../core/index.ts'
import { acme } from '../testing/metering-fixture.ts'
import { globex, openDeviceFixture, start, type DeviceFixture } from '../testing/device-fixture.ts'
import { firstStepQueries } from './first-steps.ts'
import { fleetCountQueries } from './fleet-counts.ts'

let fixture: DeviceFixture
beforeEach(async () => {
  fixture = await openDeviceFixture(['d-1', 'd-2', 'd-3', 'd-4'])
  const { metering } = fixture
  metering.notePresence('d-1' as DeviceId, { state: 'online', at: start, reason: 'connected' })
  metering.notePresence('d-2' as DeviceId, { state: 'online', at: start, reason: 'connected' })
  metering.notePresence('d-2' as DeviceId, { state: 'offline', at: start, reason: 'connection_lost' })
  await metering.by(systemActor('test')).revokeDevice(acme, 'd-3', 'stolen')
  await metering.recordAlarm({
    deviceId: 'd-1' as DeviceId,
    code: 'credential_cloned',
    detail: 'Look.',
    at: start,
  })
  // Closing writes what was noted.
  await fixture.reopen()
})
afterEach(() => fixture.close())

const listed = async (query: object) => {
  const page = await fixture.metering.listDevices(acme, { limit: 10, ...query })
  return page.items.map(({ id }) => id)
}

describe('countFleet', () => {
  it('counts each device in its states, and what is open', async () => {
    const scope = { manufacturerId: acme, silentSince: start + 1 }
    expect(await fixture.metering.countFleet(scope)).toEqual({
      devices: 4,
      online: 1,
      offline: 1,
      neverSeen: 2,
      silent: 3,
      revoked: 1,
      openHolds: 0,
      openAlarms: 1,
    })
    expect(await fixture.metering.countFleet({ ...scope, manufacturerId: globex })).toMatchObject({
      devices: 0,
      openAlarms: 0,
    })
  })

  it.each(Object.entries(fleetCountQueries))('counts %s on an index alone', (_name, sql) => {
    const bound = sql.replaceAll(':manufacturerId', "'man_acme'").replaceAll(':silentSince', '0')
    const plan = fixture.query(`EXPLAIN QUERY PLAN ${bound}`).map(({ detail }) => String(detail))
    expect(plan.filter((step) => !/USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/.test(step))).toEqual([])
  })
})

describe('findFirstSteps', () => {
  const steps = (manufacturerId: ManufacturerId) => fixture.metering.findFirstSteps(manufacturerId)

  it('tells a model, a device and a reading, each of the manufacturer asked', async () => {
    expect(await steps(acme)).toEqual({ model: true, device: true, reading: false })
    expect(await steps('man_nobody' as ManufacturerId)).toEqual({
      model: false,
      device: false,
      reading: false,
    })
    const reading = { v: 1, epoch: 1, seq: 1, at: new Date(start).toISOString(), clock: 'synced' }
    await fixture.metering.ingest([
      {
        deviceId: 'd-4' as DeviceId,
        topic: deviceTopics.readings('d-4'),
        payload: Buffer.from(JSON.stringify({ ...reading, registers: { run_s: 1 } })),
        receivedAt: start,
      },
    ])
    expect(await steps(acme)).toEqual({ model: true, device: true, reading: true })
    expect(await steps(globex)).toMatchObject({ device: false, reading: false })
  })

  it.each(Object.entries(firstStepQueries))('looks for a %s on indexes', (_name, sql) => {
    const plan = fixture
      .query(`EXPLAIN QUERY PLAN ${sql.replace('?', "'man_acme'")}`)
      .map(({ detail }) => String(detail))
    expect(plan.filter((step) => step.startsWith('SCAN') && step !== 'SCAN CONSTANT ROW')).toEqual([])
  })
})

describe('listDevices', () => {
  it.each([
    [{ filter: { state: 'online' } }, ['d-1']],
    [{ filter: { state: 'offline' } }, ['d-2']],
    [{ filter: { state: 'never_seen' } }, ['d-3', 'd-4']],
    [{ filter: { state: 'revoked' } }, ['d-3']],
    [{ filter: { state: 'silent', silentSince: start + 1 } }, ['d-1', 'd-2', 'd-4']],
    [{ filter: { text: 'd-' }, order: '-id' }, ['d-4', 'd-3', 'd-2', 'd-1']],
    [{ filter: { text: 'd-2' } }, ['d-2']],
    [{ filter: { text: '%' } }, []],
    [{ filter: { text: 'd-', state: 'online' } }, ['d-1']],
    [{ order: '-lastSeenAt' }, ['d-4', 'd-2', 'd-1']],
    [{ filter: { state: 'online' }, order: '-lastSeenAt' }, ['d-1']],
    [{ filter: { state: 'offline' }, order: 'lastSeenAt' }, ['d-2']],
  ] as const)('finds %j', async (query, ids) => {
    expect(await listed(query)).toEqual(ids)
  })

  it.each(['id', '-id', 'lastSeenAt', '-lastSeenAt'] as const)(
    'goes on by %s where the page before ended',
    async (order) => {
      const all = await listed({ order })
      const paged: string[] = []
      let after: string | undefined
      do {
        const page = await fixture.metering.listDevices(acme, {
          limit: 1,
          order,
          ...(after !== undefined && { after }),
        })
        paged.push(...page.items.map(({ id }) => id))
        after = page.nextAfter
      } while (after !== undefined)
      expect(paged).toEqual(all)
    },
  )
})

describe('a text', () => {
  const found = (text: string, more: object = {}) => listed({ filter: { text, ...more } })

  it('is found anywhere in id, serial number and site, also after a change, in the order asked', async () => {
    const by = fixture.metering.by(systemActor('test'))
    await by.updateDevice(acme, 'd-2', { site: 'Werk Süd' })
    await by.updateDevice(acme, 'd-4', { site: 'Südwerk' })
    expect(await found('süd')).toEqual(['d-2', 'd-4'])
    expect(await listed({ filter: { text: 'SÜD' }, order: '-lastSeenAt' })).toEqual(['d-4', 'd-2'])
    await by.updateDevice(acme, 'd-2', { site: 'Linz' })
    expect(await found('süd')).toEqual(['d-4'])
    expect(await found('inz')).toEqual(['d-2'])
    expect(await found('"inz')).toEqual([])
    expect(await found('inz OR süd')).toEqual([])
  })

  it('is looked up in its index while few devices hold it, and does not sort the fleet', async () => {
    const plan = fixture
      .query(
        `EXPLAIN QUERY PLAN SELECT d.* FROM device_texts CROSS JOIN devices AS d ON d.no = device_texts.rowid
         WHERE device_texts MATCH '"abc"' AND d.manufacturer_id = 'man_acme' ORDER BY d.id`,
      )
      .map(({ detail }) => String(detail))
    expect(plan[0]).toMatch(/^SCAN device_texts VIRTUAL TABLE INDEX/)
    expect(plan[1]).toBe('SEARCH d USING INTEGER PRIMARY KEY (rowid=?)')
  })
})
