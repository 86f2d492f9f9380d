import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor, type DeviceId } from '../../core/index.ts'
import { acme, aMessage, aReading } from '../testing/metering-fixture.ts'
import {
  aDevice,
  codeOf,
  globex,
  openDeviceFixture,
  start,
  type DeviceFixture,
} from '../testing/device-fixture.ts'

let fixture: DeviceFixture
beforeAll(async () => {
  fixture = await openDeviceFixture(['d-1', 'd-2', 'd-3', 'd-4'])
})
afterAll(() => fixture.close())

const note = (id: string, state: 'online' | 'offline', at: number, reason: string) =>
  fixture.metering.notePresence(id as DeviceId, { state, at, reason })
const find = (id: string) => fixture.metering.findDevice(acme, id)

describe('presence', () => {
  it('is known at once and survives a restart, with its reason', async () => {
    note('d-1', 'online', start, 'connected')
    note('d-1', 'offline', start + 90_000, 'keepalive_timeout')
    const expected = {
      presence: { state: 'offline', at: start + 90_000, reason: 'keepalive_timeout' },
      lastSeenAt: start,
    }
    expect(await find('d-1')).toMatchObject(expected)
    await fixture.reopen()
    expect(await find('d-1')).toMatchObject(expected)
  })

  it('after a crash is offline since the device was last seen', async () => {
    note('d-2', 'online', start, 'connected')
    await fixture.metering.ingest([aMessage('d-2', aReading(1, 100), start + 5_000)])
    await fixture.reopen()
    expect(await find('d-2')).toMatchObject({
      presence: { state: 'offline', at: start + 5_000, reason: 'server_stopped' },
      lastSeenAt: start + 5_000,
    })
  })

  it('counts a goodbye as seen and never goes back in time', async () => {
    note('d-3', 'offline', start + 7_000, 'disconnected')
    await fixture.metering.ingest([aMessage('d-3', aReading(1, 100), start + 1_000)])
    expect((await find('d-3'))?.lastSeenAt).toBe(start + 7_000)
    await fixture.reopen()
    await fixture.metering.ingest([aMessage('d-3', aReading(2, 200), start + 2_000)])
    expect((await find('d-3'))?.lastSeenAt).toBe(start + 7_000)
    await fixture.reopen()
    expect((await find('d-3'))?.lastSeenAt).toBe(start + 7_000)
  })
})

describe('firmware', () => {
  it('is what the device said last, or a person after it', async () => {
    const { metering } = fixture
    metering.noteFirmware('d-4' as DeviceId, '1.0')
    metering.noteFirmware('d-4' as DeviceId, '1.1')
    expect((await find('d-4'))?.firmware).toBe('1.1')
    await fixture.reopen()
    expect((await find('d-4'))?.firmware).toBe('1.1')
    fixture.metering.noteFirmware('d-4' as DeviceId, '1.2')
    await fixture.metering.by(systemActor('test')).updateDevice(acme, 'd-4', { firmware: '9.9' })
    expect((await find('d-4'))?.firmware).toBe('9.9')
    await fixture.reopen()
    expect((await find('d-4'))?.firmware).toBe('9.9')
  })
})

describe('an alarm', () => {
  const alarm = { deviceId: 'd-1' as DeviceId, code: 'credential_cloned' }

  it('that is raised again while it is open is counted, and is new after it was acknowledged', async () => {
    const { metering, clock } = fixture
    await metering.recordAlarm({ ...alarm, detail: 'from A and B', at: start })
    await metering.recordAlarm({ ...alarm, detail: 'from B and C', at: start + 60_000 })
    const open = await metering.listAlarms(acme, { limit: 10 })
    const [raised] = open.items
    expect(open.items).toEqual([
      {
        id: raised?.id,
        deviceId: 'd-1',
        code: 'credential_cloned',
        detail: 'from B and C',
        raisedAt: start,
        lastRaisedAt: start + 60_000,
        times: 2,
        acknowledged: undefined,
      },
    ])
    clock.at = start + 70_000
    await metering.by(systemActor('test')).acknowledgeAlarm(acme, raised?.id ?? 0, 'Ada')
    await metering.by(systemActor('test')).acknowledgeAlarm(acme, raised?.id ?? 0, 'Bob')
    expect((await metering.listAlarms(acme, { limit: 10 })).items).toEqual([])
    await metering.recordAlarm({ ...alarm, detail: 'again', at: start + 80_000 })
    const all = await metering.listAlarms(acme, { limit: 1, withAcknowledged: true })
    expect(all.items.map(({ detail }) => detail)).toEqual(['again'])
    const rest = await metering.listAlarms(acme, {
      limit: 1,
      withAcknowledged: true,
      after: all.nextAfter ?? '',
    })
    expect(rest.items.map(({ acknowledged }) => acknowledged)).toEqual([{ at: start + 70_000, by: 'Ada' }])
    expect(rest.nextAfter).toBe(undefined)
  })

  it('of a device that is not registered is nothing', async () => {
    await fixture.metering.recordAlarm({ ...alarm, deviceId: 'nobody' as DeviceId, detail: '', at: 0 })
    expect(fixture.query("SELECT 1 FROM alarms WHERE detail = ''")).toEqual([])
  })

  it('is seen and acknowledged by the manufacturer of its device only (I12)', async () => {
    const { metering } = fixture
    await metering.by(systemActor('test')).registerDevice(aDevice('g-1', { manufacturerId: globex }))
    await metering.recordAlarm({ ...alarm, deviceId: 'g-1' as DeviceId, detail: 'theirs', at: start })
    const [theirs] = (await metering.listAlarms(globex, { limit: 10 })).items
    expect(theirs?.detail).toBe('theirs')
    expect((await metering.listAlarms(acme, { limit: 10 })).items.map(({ deviceId }) => deviceId)).toEqual([
      'd-1',
    ])
    expect(
      await codeOf(metering.by(systemActor('test')).acknowledgeAlarm(acme, theirs?.id ?? 0, 'Eve')),
    ).toBe('alarm_unknown')
  })
})
