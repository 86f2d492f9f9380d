import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor, type Actor } from '../core/index.ts'
import type { NotedChange } from './metering-types.ts'
import {
  aDevice,
  aSecret,
  globex,
  openDeviceFixture,
  start,
  type DeviceFixture,
} from './testing/device-fixture.ts'
import { acme, commissionedAt, drillModel } from './testing/metering-fixture.ts'

const jo: Actor = { kind: 'person', id: 'per_jo', name: 'Jo Berg' }
let fixture: DeviceFixture

beforeAll(async () => {
  fixture = await openDeviceFixture()
})
afterAll(() => fixture.close())

/** What the deeds noted, without the ids of the notes. */
async function notesOf(deed: () => Promise<unknown>): Promise<Omit<NotedChange, 'id'>[]> {
  const before = (await fixture.metering.feed.readChanges(0, 10_000)).at(-1)?.id ?? 0
  await deed().catch(() => undefined)
  const notes = await fixture.metering.feed.readChanges(before, 10_000)
  return notes.map(({ id: _id, ...note }) => note)
}

const noted = { manufacturerId: acme, actor: jo, at: start }

describe('by(actor)', () => {
  it('notes a model with its registers, and its next version beside the one before', async () => {
    const register = {
      name: 'run_s',
      unit: 's',
      maxPerHour: 3_600n,
      maxGapMs: 60_000,
      gapRule: 'end',
    } as const
    const model = {
      id: 'washer' as typeof drillModel,
      manufacturerId: acme,
      name: 'Washer',
      registers: [register],
    }
    const document = (version: number, name: string) => ({
      version,
      name,
      registers: [{ ...register, maxPerHour: '3600' }],
      eventTypes: [],
    })
    const by = fixture.metering.by(jo)
    const subject = { kind: 'model', id: 'washer' }
    expect(await notesOf(() => by.registerModel(model))).toEqual([
      { ...noted, action: 'model.registered', subject, after: document(1, 'Washer') },
    ])
    expect(await notesOf(() => by.registerModel(model))).toEqual([])
    expect(await notesOf(() => by.registerModel({ ...model, name: 'Washer 2' }))).toEqual([
      {
        ...noted,
        action: 'model.registered',
        subject,
        before: document(1, 'Washer'),
        after: document(2, 'Washer 2'),
      },
    ])
  })

  it('notes a device with what it was registered with', async () => {
    const device = aDevice('d-1', {
      serial: 'S-1',
      baseValues: { run_s: 5n },
      site: 'Linz',
      tags: ['b', 'a'],
    })
    expect(await notesOf(() => fixture.metering.by(jo).registerDevice(device))).toEqual([
      {
        ...noted,
        action: 'device.registered',
        subject: { kind: 'device', id: 'd-1' },
        after: {
          modelId: 'drill',
          modelVersion: 1,
          commissionedAt: new Date(commissionedAt).toISOString(),
          serial: 'S-1',
          baseValues: { run_s: '5' },
          site: 'Linz',
          tags: ['a', 'b'],
        },
      },
    ])
  })

  it('notes each device of a batch, none of a dry run and none that was there or is refused', async () => {
    const batch = Array.from({ length: 500 }, (_, index) => aDevice(`batch-${index}`))
    const by = fixture.metering.by(jo)
    expect(await notesOf(() => by.registerDevices(batch, { isDryRun: true }))).toEqual([])
    const notes = await notesOf(() => by.registerDevices(batch))
    expect(notes.map(({ subject }) => subject.id)).toEqual(batch.map(({ id }) => id))
    const refused = aDevice('batch-x', { modelId: 'none' as typeof drillModel })
    expect(await notesOf(() => by.registerDevices([...batch.slice(0, 2), refused]))).toEqual([])
  })

  it('notes of a device only what was changed', async () => {
    const by = fixture.metering.by(jo)
    await by.registerDevice(aDevice('up', { site: 'Linz', tags: ['a'] }))
    const subject = { kind: 'device', id: 'up' }
    expect(await notesOf(() => by.updateDevice(acme, 'up', { site: 'Wels' }))).toEqual([
      { ...noted, action: 'device.updated', subject, before: { site: 'Linz' }, after: { site: 'Wels' } },
    ])
    expect(await notesOf(() => by.updateDevice(acme, 'up', { site: null, tags: ['c', 'b'] }))).toEqual([
      {
        ...noted,
        action: 'device.updated',
        subject,
        before: { site: 'Wels', tags: ['a'] },
        after: { site: null, tags: ['b', 'c'] },
      },
    ])
    expect(await notesOf(() => by.updateDevice(acme, 'up', { site: null, tags: ['b', 'c'] }))).toEqual([])
    expect(await notesOf(() => by.updateDevice(globex, 'up', { site: 'x' }))).toEqual([])
  })

  it('notes secrets, revocation and restoring once, and never the secret or its hash', async () => {
    const by = fixture.metering.by(jo)
    const { secret } = await by.registerDevice(aDevice('sec'))
    const subject = { kind: 'device', id: 'sec' }
    let made = { id: 0, secret: '' }
    const created = await notesOf(async () => {
      made = await by.createSecret(acme, 'sec')
    })
    expect(created).toEqual([
      { ...noted, action: 'device_secret.created', subject, after: { secretId: made.id } },
    ])
    expect(await notesOf(() => by.revokeSecret(acme, 'sec', made.id))).toEqual([
      { ...noted, action: 'device_secret.revoked', subject, after: { secretId: made.id } },
    ])
    expect(await notesOf(() => by.revokeSecret(acme, 'sec', made.id))).toEqual([])
    expect(await notesOf(() => by.revokeDevice(acme, 'sec', 'stolen'))).toEqual([
      { ...noted, action: 'device.revoked', subject, reason: 'stolen' },
    ])
    expect(await notesOf(() => by.revokeDevice(acme, 'sec', 'again'))).toEqual([])
    expect(await notesOf(() => by.restoreDevice(acme, 'sec'))).toEqual([
      {
        ...noted,
        action: 'device.restored',
        subject,
        before: { revokedAt: '2026-11-20T08:00:00.000Z', reason: 'stolen' },
      },
    ])
    expect(await notesOf(() => by.restoreDevice(acme, 'sec'))).toEqual([])
    const all = JSON.stringify(await fixture.metering.feed.readChanges(0, 10_000))
    const hashes = fixture
      .query('SELECT secret_hash FROM device_secrets')
      .map((row) => String(row['secret_hash']))
    expect([secret, made.secret, ...hashes].filter((text) => all.includes(text))).toEqual([])
  })

  it('notes which certificates a device may use', async () => {
    const by = fixture.metering.by(jo)
    await by.registerDevice(aDevice('cert'))
    const fingerprint = 'ab'.repeat(32)
    const subject = { kind: 'device', id: 'cert' }
    const after = { fingerprints: [fingerprint] }
    expect(await notesOf(() => by.setCertificates(acme, 'cert', [fingerprint]))).toEqual([
      { ...noted, action: 'device_certificates.set', subject, before: { fingerprints: [] }, after },
    ])
    expect(await notesOf(() => by.setCertificates(acme, 'cert', [fingerprint.toUpperCase()]))).toEqual([])
  })

  it('notes claim codes, and their use in the name of the device', async () => {
    const by = fixture.metering.by(jo)
    const expiresAt = start + 1_000
    const request = { manufacturerId: acme, modelId: drillModel, expiresAt, claims: [{ serial: 'S-c' }, {}] }
    let codes: readonly { id: number; code: string }[] = []
    const made = await notesOf(async () => {
      codes = await by.createClaims(request)
    })
    const [first, second] = codes.map(({ id }) => ({ kind: 'claim', id: id.toString() }))
    const after = { modelId: 'drill', expiresAt: '2026-11-20T08:00:01.000Z' }
    expect(made).toEqual([
      { ...noted, action: 'claim.created', subject: first, after: { ...after, serial: 'S-c' } },
      { ...noted, action: 'claim.created', subject: second, after },
    ])
    const used = await notesOf(async () => {
      const session = await fixture.metering.authenticateDevice('own-1', aSecret(codes[0]?.code ?? ''))
      if (typeof session === 'object') await session.issueSecret()
    })
    const actor = systemActor('device:own-1')
    expect(used.map(({ actor: by, action }) => ({ by, action }))).toEqual([
      { by: actor, action: 'device.registered' },
      { by: actor, action: 'claim.used' },
    ])
    const revoked = await notesOf(() => by.revokeClaim(acme, codes[1]?.id ?? 0))
    expect(revoked).toEqual([{ ...noted, action: 'claim.revoked', subject: second }])
    expect(await notesOf(() => by.revokeClaim(acme, codes[1]?.id ?? 0))).toEqual([])
    const all = JSON.stringify(await fixture.metering.feed.readChanges(0, 10_000))
    expect(codes.filter(({ code }) => all.includes(code))).toEqual([])
  })

  it('notes who acknowledged an alarm, in the name of the actor unless another is given', async () => {
    const by = fixture.metering.by(jo)
    await by.registerDevice(aDevice('alarm'))
    await fixture.metering.recordAlarm({ deviceId: aDevice('alarm').id, code: 'x', detail: 'y', at: start })
    const { items } = await fixture.metering.listAlarms(acme, { limit: 1 })
    const id = items[0]?.id ?? 0
    const after = { deviceId: 'alarm', code: 'x', acknowledgedBy: 'Jo Berg' }
    expect(await notesOf(() => by.acknowledgeAlarm(acme, id))).toEqual([
      { ...noted, action: 'alarm.acknowledged', subject: { kind: 'alarm', id: id.toString() }, after },
    ])
    expect(await notesOf(() => by.acknowledgeAlarm(acme, id, 'Eve'))).toEqual([])
  })

  it('notes decisions with their reason, and the model version that a device is judged by', async () => {
    const by = fixture.metering.by(jo)
    await by.registerDevice(aDevice('decided'))
    const subject = { kind: 'device', id: 'decided' }
    const decision = { kind: 'hand_over', register: 'run_s', value: 7n, at: commissionedAt } as const
    const deed = () =>
      by.decide({ manufacturerId: acme, deviceId: 'decided', decision, reason: 'read on site' })
    const [note] = await notesOf(deed)
    expect(note).toEqual({
      ...noted,
      action: 'decision.made',
      subject,
      after: {
        decisionId: 1,
        kind: 'hand_over',
        register: 'run_s',
        value: '7',
        at: commissionedAt,
        decidedBy: 'Jo Berg',
      },
      reason: 'read on site',
    })
    const wider = { name: 'run_s', unit: 's', maxPerHour: 7_200n, maxGapMs: 60_000, gapRule: 'end' } as const
    await by.registerModel({ id: drillModel, manufacturerId: acme, name: 'Drill', registers: [wider] })
    expect(await notesOf(() => by.setModelVersion(acme, 'decided', 2))).toEqual([
      {
        ...noted,
        action: 'device.model_version_set',
        subject,
        before: { modelVersion: 1 },
        after: { modelVersion: 2 },
      },
    ])
    expect(await notesOf(() => by.setModelVersion(acme, 'decided', 2))).toEqual([])
  })

  it('leaves notes that nobody can change or remove', () => {
    const change = (sql: string) => () => fixture.query(sql)
    expect(change("UPDATE changes SET reason = 'x'")).toThrow('changes_append_only')
    expect(change('DELETE FROM changes')).toThrow('changes_append_only')
  })
})
