import { beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, HUGE, OTHER_KEY, OWN_KEY, type ApiHarness } from '../testing/api-harness.ts'

let api: ApiHarness
beforeAll(async () => {
  api = await createApiHarness()
})

const drillAnswer = {
  id: 'drill-1',
  modelId: 'drill',
  modelVersion: 1,
  serial: null,
  commissionedAt: '2026-01-01T00:00:00.000Z',
  createdAt: '2026-01-02T00:00:00.000Z',
  lastReading: { epoch: 1, seq: 7, receivedAt: '2026-11-22T12:00:00.000Z', at: null },
  registers: { run_s: { value: '9007199254740993', at: '2026-11-22T12:00:00.000Z' } },
  presence: { state: 'online', at: '2026-11-22T07:00:00.000Z', reason: 'connected' },
  openHolds: 1,
  lastSeenAt: '2026-11-22T12:00:00.000Z',
  firmware: '1.4.2',
  site: 'Linz',
  tags: ['blue', 'rental'],
  revoked: null,
  customer: null,
}

describe('GET /v1/devices', () => {
  it('gives a page with register values as exact strings', async () => {
    expect((await api.get('/v1/devices')).json()).toEqual({
      items: [drillAnswer],
      nextAfter: expect.any(String),
    })
  })

  it('hands cursor and limit on', async () => {
    const asked: unknown[] = []
    const { get } = await createApiHarness({
      metering: {
        listDevices: async (_manufacturerId, { after, limit }) => {
          asked.push([after, limit])
          return { items: [], nextAfter: 'd-7' }
        },
      },
    })
    const { nextAfter } = (await get('/v1/devices?limit=2')).json<{ nextAfter: string }>()
    await get(`/v1/devices?after=${nextAfter}&limit=3`)
    expect(asked).toEqual([
      [undefined, 2],
      ['d-7', 3],
    ])
  })

  it('shows a manufacturer nothing of another', async () => {
    expect((await api.get('/v1/devices', OTHER_KEY)).json()).toEqual({ items: [], nextAfter: null })
  })

  it.each(['limit=0', 'limit=101', 'limit=1.5', 'limit=ten', 'after=', 'offset=3'])(
    'refuses the query %s',
    async (query) => {
      const answer = await api.get(`/v1/devices?${query}`)
      expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, `/${query.split('=')[0]}`])
    },
  )
})

describe('GET /v1/devices/{id}', () => {
  it('gives one device', async () => {
    expect((await api.get('/v1/devices/drill-1')).json()).toEqual(drillAnswer)
  })

  it('refuses an id that no device can have', async () => {
    const answer = await api.get('/v1/devices/-x')
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors[0].pointer).toBe('/id')
  })
})

describe('POST /v1/devices', () => {
  const device = { id: 'drill-2', modelId: 'drill', commissionedAt: '2026-03-01T08:00:00+01:00' }
  const post = (payload: object) => api.request({ method: 'POST', url: '/v1/devices', key: OWN_KEY, payload })

  it('answers 201 with the device, where it is and its secret', async () => {
    const answer = await post({ ...device, serial: 'S-1', baseValues: { run_s: '12' } })
    expect(answer.statusCode).toBe(201)
    expect(answer.headers.location).toBe('/v1/devices/drill-2')
    expect(answer.json()).toEqual({
      device: {
        id: 'drill-2',
        modelId: 'drill',
        modelVersion: 1,
        serial: 'S-1',
        commissionedAt: '2026-03-01T07:00:00.000Z',
        createdAt: '2026-11-22T12:00:00.000Z',
      },
      secret: 'the-device-secret',
    })
  })

  it('hands base values on as exact whole numbers', async () => {
    const inputs: unknown[] = []
    const { request } = await createApiHarness({
      changes: {
        registerDevice: (input) => {
          inputs.push(input.baseValues)
          return Promise.reject(new Error('far enough'))
        },
      },
    })
    const payload = { ...device, baseValues: { run_s: '9007199254740991' } }
    await request({ method: 'POST', url: '/v1/devices', key: OWN_KEY, payload })
    expect(inputs).toEqual([{ run_s: 9_007_199_254_740_991n }])
  })

  it('refuses a base value of 2^53', async () => {
    const answer = await post({ ...device, baseValues: { run_s: '9007199254740992' } })
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/baseValues/run_s'])
  })

  it.each([
    ['a number', { run_s: 12 }],
    ['a decimal', { run_s: '1.5' }],
    ['a negative number', { run_s: '-1' }],
  ])('refuses %s as base value', async (_what, baseValues) => {
    const answer = await post({ ...device, baseValues })
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/baseValues/run_s'])
  })

  it('refuses a text where a number is not converted', async () => {
    const answer = await post({ ...device, modelId: 5 })
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/modelId'])
  })

  it('answers 409 for an id that is taken', async () => {
    const answer = await post({ ...device, id: 'drill-1' })
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'device_exists'])
  })
})

describe('quarantine', () => {
  it('gives quarantined payloads byte for byte', async () => {
    expect((await api.get('/v1/quarantine')).json()).toEqual({
      items: [
        {
          id: 4,
          deviceId: 'drill-1',
          topic: 'devices/drill-1/readings',
          receivedAt: '2026-11-22T12:00:00.000Z',
          code: 'payload_not_json',
          detail: 'Send JSON.',
          rawBase64: '/wA=',
        },
      ],
      nextAfter: null,
    })
  })
})

describe('/v1/models/{id}', () => {
  const register = { name: 'run_s', unit: 's', maxPerHour: '3600', maxGapMs: 900_000, gapRule: 'end' }
  const put = (payload: object, id = 'drill') =>
    api.request({ method: 'PUT', url: `/v1/models/${id}`, key: OWN_KEY, payload })

  it('gives a model back as it was put, with exact numbers as strings', async () => {
    const registers = [{ ...register, modulus: HUGE.toString() }]
    const expected = { id: 'drill', version: 1, name: 'Drill', registers, eventTypes: [] }
    expect((await put({ name: 'Drill', registers })).json()).toEqual(expected)
    expect((await api.get('/v1/models/drill')).json()).toEqual(expected)
  })

  it.each([
    ['no register', { name: 'Drill', registers: [] }, '/registers'],
    [
      'a rate that is a float',
      { name: 'Drill', registers: [{ ...register, maxPerHour: 3600.5 }] },
      '/registers/0/maxPerHour',
    ],
    [
      'a rate of nothing',
      { name: 'Drill', registers: [{ ...register, maxPerHour: '0' }] },
      '/registers/0/maxPerHour',
    ],
    [
      'an unknown gap rule',
      { name: 'Drill', registers: [{ ...register, gapRule: 'guess' }] },
      '/registers/0/gapRule',
    ],
    [
      'a member that a register does not have',
      { name: 'Drill', registers: [{ ...register, price: '1' }] },
      '/registers/0/price',
    ],
  ])('refuses a model with %s', async (_what, payload, pointer) => {
    const answer = await put(payload)
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, pointer])
  })
})
