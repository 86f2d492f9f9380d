import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemActor, type DeviceId } from '../../core/index.ts'
import { OWN_KEY } from '../testing/api-harness.ts'
import { NOW_TEXT, openDeviceHarness, type DeviceHarness } from '../testing/device-harness.ts'

let api: DeviceHarness
beforeAll(async () => {
  api = await openDeviceHarness()
  for (const id of ['d-1', 'd-2', 'd-3']) {
    await api.send('POST', '/v1/devices', { id, modelId: 'drill', commissionedAt: NOW_TEXT })
  }
})
afterAll(() => api.close())

const mayConnect = (deviceId: string, secret: string) =>
  api.metering.authenticateDevice(deviceId, { kind: 'secret', secret: Buffer.from(secret) })

describe('secrets', () => {
  it('are rotated: the next is made, the last is revoked and its connection ended', async () => {
    const created = await api.send('POST', '/v1/devices/d-1/secrets')
    expect(created.statusCode).toBe(201)
    const { id, secret } = created.json<{ id: number; secret: string }>()
    expect((await api.send('POST', '/v1/devices/d-1/secrets')).json().code).toBe('secrets_at_most_two')
    const revoked = await api.send('POST', `/v1/devices/d-1/secrets/${id - 2}/revoke`)
    expect(revoked.json().code).toBe('secret_unknown')
    const list = () => api.send('GET', '/v1/devices/d-1/secrets')
    const [old] = (await list()).json<{ items: { id: number }[] }>().items
    const answer = await api.send('POST', `/v1/devices/d-1/secrets/${old?.id}/revoke`)
    expect([answer.statusCode, answer.payload]).toEqual([204, ''])
    expect(api.cutOff).toEqual(['d-1'])
    expect(await mayConnect('d-1', secret)).toBe(true)
    expect((await list()).json()).toEqual({
      items: [
        { id: old?.id, createdAt: NOW_TEXT, lastUsedAt: null, revokedAt: NOW_TEXT },
        { id, createdAt: NOW_TEXT, lastUsedAt: null, revokedAt: null },
      ],
    })
  })

  it.each(['0', '-1', 'x', '1.5'])('have no number %s', async (secretId) => {
    const answer = await api.send('POST', `/v1/devices/d-1/secrets/${secretId}/revoke`)
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/secretId'])
  })
})

describe('a device', () => {
  it('is revoked with a reason, and restored', async () => {
    const revoked = await api.send('POST', '/v1/devices/d-2/revoke', { reason: 'stolen' })
    expect(revoked.json().revoked).toEqual({ at: NOW_TEXT, reason: 'stolen' })
    expect(api.cutOff.at(-1)).toBe('d-2')
    expect((await api.send('POST', '/v1/devices/d-2/restore')).json().revoked).toBe(null)
    const answer = await api.send('POST', '/v1/devices/d-2/revoke', {})
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/reason'])
  })

  it('gets site, tags and firmware, and is found by them', async () => {
    const whatever = { 'if-match': '*' }
    const patch = (payload: object) => api.send('PATCH', '/v1/devices/d-2', payload, OWN_KEY, whatever)
    const patched = await patch({ site: 'Linz', tags: ['b', 'a'], firmware: '2.1' })
    expect(patched.json()).toMatchObject({ id: 'd-2', site: 'Linz', tags: ['a', 'b'], firmware: '2.1' })
    const idsFor = async (query: string) =>
      (await api.send('GET', `/v1/devices?${query}`))
        .json<{ items: { id: string }[] }>()
        .items.map(({ id }) => id)
    expect(await idsFor('site=Linz&tag=a&modelId=drill')).toEqual(['d-2'])
    expect(await idsFor('tag=c')).toEqual([])
    const cleared = await patch({ site: null })
    expect(cleared.json()).toMatchObject({ site: null, tags: ['a', 'b'], firmware: '2.1' })
    const answer = await patch({})
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'request_invalid'])
  })

  it('is silent when it was not seen since', async () => {
    api.metering.notePresence('d-3' as DeviceId, {
      state: 'online',
      at: Date.parse(NOW_TEXT) + 2_000,
      reason: 'connected',
    })
    const after = encodeURIComponent('2026-11-22T13:00:01+01:00')
    const answer = await api.send('GET', `/v1/silent-devices?since=${after}`)
    const { count, items } = answer.json<{ count: number; items: { id: string }[] }>()
    // The count is what is written, up to 30 s behind.
    expect([count, items.map(({ id }) => id)]).toEqual([3, ['d-1', 'd-2']])
    const now = await api.send('GET', `/v1/silent-devices?since=${encodeURIComponent(NOW_TEXT)}`)
    expect(now.json()).toEqual({ count: 0, items: [], nextAfter: null })
    const bad = await api.send('GET', '/v1/silent-devices')
    expect([bad.statusCode, bad.json().errors[0].pointer]).toEqual([400, '/since'])
  })

  it('may use the certificates of its list', async () => {
    const url = '/v1/devices/d-3/certificates'
    expect((await api.send('GET', url)).json()).toEqual({ fingerprints: [] })
    const shown = `${'AB:'.repeat(31)}AB`
    const put = await api.send('PUT', url, { fingerprints: [shown] })
    expect(put.json()).toEqual({ fingerprints: ['ab'.repeat(32)] })
    expect(api.cutOff.at(-1)).toBe('d-3')
    const answer = await api.send('PUT', url, { fingerprints: ['AB'] })
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/fingerprints/0'])
  })
})

describe('claim codes', () => {
  it('are made in a batch, listed without the code, and revoked', async () => {
    const made = await api.send('POST', '/v1/claims', {
      modelId: 'drill',
      expiresAt: '2027-01-01T00:00:00Z',
      claims: [{ deviceId: 'new-1', serial: 'S-1' }, {}],
    })
    expect(made.statusCode).toBe(201)
    const { items } = made.json<{ items: { id: number; code: string }[] }>()
    expect(items.map(({ code }) => code)).toEqual([
      expect.stringMatching(/^clm_[0-9a-z]{26}$/),
      expect.stringMatching(/^clm_[0-9a-z]{26}$/),
    ])
    const revoked = await api.send('POST', `/v1/claims/${items[1]?.id}/revoke`)
    expect(revoked.statusCode).toBe(204)
    const common = {
      modelId: 'drill',
      createdAt: NOW_TEXT,
      expiresAt: '2027-01-01T00:00:00.000Z',
      claimedAt: null,
      completedAt: null,
    }
    expect((await api.send('GET', '/v1/claims')).json()).toEqual({
      items: [
        { ...common, id: items[1]?.id, deviceId: null, serial: null, state: 'revoked' },
        { ...common, id: items[0]?.id, deviceId: 'new-1', serial: 'S-1', state: 'open' },
      ],
      nextAfter: null,
    })
  })

  it.each([
    ['an expiry that has passed', { expiresAt: NOW_TEXT }, 422, 'claim_invalid'],
    ['an unknown model', { modelId: 'saw' }, 404, 'model_unknown'],
    ['no claim', { claims: [] }, 400, 'request_invalid'],
    ['a member that is none', { claims: [{ price: 1 }] }, 400, 'request_invalid'],
  ])('are refused with %s', async (_what, change, status, code) => {
    const body = { modelId: 'drill', expiresAt: '2027-01-01T00:00:00Z', claims: [{}], ...change }
    const answer = await api.send('POST', '/v1/claims', body)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })
})

describe('alarms', () => {
  it('are listed while open, and acknowledged by name', async () => {
    await api.metering.recordAlarm({
      deviceId: 'd-1' as DeviceId,
      code: 'credential_cloned',
      detail: 'Signed in from A and B.',
      at: Date.parse(NOW_TEXT),
    })
    const [alarm] = (await api.send('GET', '/v1/alarms')).json<{ items: { id: number }[] }>().items
    const shown = {
      id: alarm?.id,
      deviceId: 'd-1',
      code: 'credential_cloned',
      detail: 'Signed in from A and B.',
      raisedAt: NOW_TEXT,
      lastRaisedAt: NOW_TEXT,
      times: 1,
      acknowledged: null,
    }
    expect(alarm).toEqual(shown)
    const url = `/v1/alarms/${alarm?.id}/acknowledge`
    expect(await api.asOther('POST', url, { by: 'Eve' })).toEqual([404, 'alarm_unknown'])
    expect((await api.send('POST', url, { by: 'Ada' })).statusCode).toBe(204)
    expect((await api.send('GET', '/v1/alarms')).json().items).toEqual([])
    expect((await api.send('GET', '/v1/alarms?state=all')).json().items).toEqual([
      { ...shown, acknowledged: { at: NOW_TEXT, by: 'Ada' } },
    ])
  })
})

describe('models', () => {
  it('show every version with display units and event types', async () => {
    const register = {
      name: 'run_s',
      unit: 's',
      maxPerHour: '3600',
      maxGapMs: 900_000,
      gapRule: 'end',
      display: { unit: 'h', factor: '3600' },
    }
    const first = {
      name: 'Washer',
      registers: [register],
      eventTypes: [{ type: 'wash', maxLengthMs: 1_000 }],
    }
    const second = { ...first, eventTypes: [{ type: 'wash', maxLengthMs: 2_000, heartbeatMs: 500 }] }
    for (const body of [first, second]) await api.send('PUT', '/v1/models/washer', body)
    expect((await api.send('GET', '/v1/models/washer/versions')).json()).toEqual({
      items: [
        { id: 'washer', version: 1, ...first },
        { id: 'washer', version: 2, ...second },
      ],
    })
    const models = (await api.send('GET', '/v1/models')).json<{ items: { id: string; version: number }[] }>()
    expect(models.items.map(({ id, version }) => [id, version])).toEqual([
      ['drill', 1],
      ['washer', 2],
    ])
    const bad = { ...first, registers: [{ ...register, display: { unit: 'h', factor: '0.5' } }] }
    const answer = await api.send('PUT', '/v1/models/washer', bad)
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/registers/0/display/factor'])
  })
})

describe('another manufacturer (I12)', () => {
  it.each([
    ['GET', '/v1/devices/d-1', undefined],
    ['PATCH', '/v1/devices/d-1', { site: 'x' }],
    ['POST', '/v1/devices/d-1/revoke', { reason: 'mischief' }],
    ['POST', '/v1/devices/d-1/restore', undefined],
    ['GET', '/v1/devices/d-1/secrets', undefined],
    ['POST', '/v1/devices/d-1/secrets', undefined],
    ['POST', '/v1/devices/d-1/secrets/1/revoke', undefined],
    ['GET', '/v1/devices/d-1/certificates', undefined],
    ['PUT', '/v1/devices/d-1/certificates', { fingerprints: [] }],
  ] as const)('gets 404 for %s %s', async (method, url, payload) => {
    const before = api.cutOff.length
    expect(await api.asOther(method, url, payload)).toEqual([404, 'device_unknown'])
    expect(api.cutOff).toHaveLength(before)
  })

  it('sees none of the claim codes, alarms and models', async () => {
    const [made] = await api.metering.by(systemActor('test')).createClaims({
      manufacturerId: 'man_own' as never,
      modelId: 'drill' as never,
      expiresAt: Date.parse('2027-01-01T00:00:00Z'),
      claims: [{}],
    })
    expect(await api.asOther('POST', `/v1/claims/${made?.id}/revoke`)).toEqual([404, 'claim_unknown'])
    expect(await api.asOther('GET', '/v1/models/washer/versions')).toEqual([404, 'model_unknown'])
    for (const url of [
      '/v1/claims',
      '/v1/alarms?state=all',
      '/v1/silent-devices?since=2027-01-01T00:00:00Z',
    ]) {
      expect((await api.send('GET', url, undefined, 'usk_other')).json().items).toEqual([])
    }
  })
})
