/** What people change over the API, and that each change stands in the audit trail in their name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorld, type World } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
  await world.newChanges()
})
afterAll(() => world.close())

const admin = 'manufacturer_admin'
const post = async (url: string, payload: object) => {
  const answer = await world.send('POST', url, { payload })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
}

describe('writing', () => {
  it('takes a customer, a tariff, a contract and an assignment, each with an entry in the trail', async () => {
    const customer = await post('/v1/customers', {
      name: 'Neu',
      email: 'neu@example.com',
      currency: 'EUR',
      billingEmails: ['bills@example.com'],
    })
    expect(customer).toMatchObject({
      status: 201,
      body: {
        name: 'Neu',
        language: 'en',
        currency: 'EUR',
        billingEmails: ['bills@example.com'],
        address: null,
      },
    })
    const tariff = await post('/v1/tariffs', {
      name: 'Flat',
      effectiveAt: '2026-11-01T00:00:00Z',
      document: { currency: 'EUR', items: [{ type: 'flat', id: 'b', description: 'Base', price: '9.00' }] },
    })
    expect(tariff).toMatchObject({ status: 201, body: { name: 'Flat' } })
    const contract = await post('/v1/contracts', {
      customerId: customer.body['id'],
      tariffId: tariff.body['id'],
      timeZone: 'Europe/Berlin',
      anchorOn: '2026-11-01',
      cadence: { unit: 'month', count: 1 },
      startsAt: '2026-10-31T23:00:00Z',
    })
    expect(contract).toMatchObject({
      status: 201,
      body: { customerName: 'Neu', tariffName: 'Flat', assignments: [], endsAt: null },
    })
    const registered = { id: 'drill-9', modelId: 'drill', commissionedAt: '2026-11-01T00:00:00Z' }
    await post('/v1/devices', registered)
    const assignment = await post(`/v1/contracts/${String(contract.body['id'])}/assignments`, {
      deviceId: 'drill-9',
      from: '2026-11-01T00:00:00Z',
    })
    expect(assignment).toMatchObject({ status: 201, body: { deviceId: 'drill-9', to: null } })
    const end = `/v1/assignments/${String(assignment.body['id'])}/end`
    expect(await post(end, { to: '2026-11-20T00:00:00Z' })).toMatchObject({
      status: 200,
      body: { to: '2026-11-20T00:00:00.000Z' },
    })
    expect(await world.newChanges()).toEqual(
      [
        'customer.created',
        'tariff.published',
        'contract.created',
        'assignment.created',
        'assignment.ended',
      ].map((action) => `${action} by ${admin}`),
    )
  })

  it('adds a version to a tariff once', async () => {
    const url = `/v1/tariffs/${world.ids.tariff}/versions`
    const version = {
      effectiveAt: '2027-01-01T00:00:00Z',
      document: { currency: 'EUR', items: [{ type: 'flat', id: 'b', description: 'Base', price: '5.00' }] },
    }
    const first = await post(url, version)
    expect(first.body['versions']).toHaveLength(2)
    expect(await post(url, version)).toEqual(first)
    expect(await world.newChanges()).toEqual([`tariff.published by ${admin}`])
  })

  it('moves a contract to another tariff and zone for whoever has read it', async () => {
    const url = `/v1/contracts/${world.ids.crewContract}`
    const document = { currency: 'EUR', items: [{ type: 'flat', id: 'b', description: 'B', price: '1.00' }] }
    const tariff = await post('/v1/tariffs', { name: 'Next', effectiveAt: '2026-01-01T00:00:00Z', document })
    await world.newChanges()
    const read = await world.send('GET', url)
    const { tariffs } = read.json<{ tariffs: unknown[] }>()
    const move = async (kind: string, payload: object, etag?: string) => {
      const headers = etag === undefined ? {} : { 'if-match': etag }
      const answer = await world.send('POST', `${url}/${kind}`, { payload, headers })
      return { status: answer.statusCode, etag: String(answer.headers.etag), body: answer.json<object>() }
    }
    const next = { tariffId: tariff.body['id'], from: '2026-12-10T09:30:00Z' }
    expect(await move('tariff-changes', next)).toMatchObject({ status: 428, body: { code: 'etag_missing' } })
    const changed = await move('tariff-changes', next, String(read.headers.etag))
    expect(changed).toMatchObject({
      status: 200,
      // In force from December on; until then the contract shows what it has.
      body: { tariffId: world.ids.tariff, tariffs: [...tariffs, { tariffName: 'Next' }] },
    })
    const zone = { timeZone: 'Asia/Tokyo', from: '2026-12-10T09:30:00Z' }
    expect(await move('time-zone-changes', zone, String(read.headers.etag))).toMatchObject({
      status: 412,
      body: { code: 'etag_stale' },
    })
    expect(await move('time-zone-changes', zone, changed.etag)).toMatchObject({
      status: 200,
      body: {
        timeZone: 'Europe/Berlin',
        timeZones: [{}, { timeZone: 'Asia/Tokyo', from: '2026-12-10T09:30:00.000Z' }],
      },
    })
    expect(await move('time-zone-changes', { ...zone, from: '2026-12-10' }, '*')).toMatchObject({
      status: 400,
    })
    expect(await world.newChanges()).toEqual([
      `contract.tariff_changed by ${admin}`,
      `contract.time_zone_changed by ${admin}`,
    ])
  })

  it('leaves no trace of what was refused', async () => {
    expect(await post('/v1/customers', { name: ' x', email: 'nobody' })).toMatchObject({
      status: 422,
      body: { code: 'billing_input_invalid' },
    })
    expect(await post('/v1/customers', { name: 'x', email: 'a@b.example', currency: 'XXZ' })).toMatchObject({
      status: 422,
      body: { code: 'currency_unsupported' },
    })
    expect(
      await post('/v1/tariffs', { name: 'x', effectiveAt: '2026-11-01T00:00:00Z', document: { items: 1 } }),
    ).toMatchObject({ status: 422, body: { code: 'tariff_invalid' } })
    const { crewContract } = world.ids
    expect(
      await post(`/v1/contracts/${crewContract}/assignments`, {
        deviceId: 'drill-1',
        from: '2026-11-02T00:00:00Z',
      }),
    ).toMatchObject({ status: 409, body: { code: 'assignment_overlaps' } })
    expect(await world.newChanges()).toEqual([])
  })

  it('needs the right to write', async () => {
    const payload = { name: 'Neu', email: 'neu@example.com' }
    const answer = await world.send('POST', '/v1/customers', { payload, key: 'auditor' })
    expect(answer.json()).toMatchObject({ status: 403, code: 'access_denied' })
  })
})

describe('the billing run', () => {
  it('says what it would do, does it, and has nothing left to do', async () => {
    world.setNow('2026-12-06T12:00:00.000Z')
    const forecast = (await world.send('GET', '/v1/billing-run')).json<{
      ready: { contractId: string; total: string; period: object }[]
      waiting: object[]
      issuedRecently: { id: string }[]
    }>()
    const ready = forecast.ready.find(({ contractId }) => contractId === world.ids.crewContract)
    // 600 s are 10 min at 0.12, and the base fee of 4.90.
    expect(ready).toEqual({
      contractId: world.ids.crewContract,
      customerId: world.ids.crew,
      customerName: 'Crew',
      period: { from: '2026-10-31T23:00:00.000Z', to: '2026-11-30T23:00:00.000Z' },
      currency: 'EUR',
      total: '6.10',
      totalMinor: '610',
      isToBeCarried: false,
    })
    expect(forecast.issuedRecently.map(({ id }) => id)).toEqual([world.ids.invoice])
    expect(await world.newChanges()).toEqual([])

    const draft = (await world.send('GET', `/v1/contracts/${world.ids.crewContract}/draft`)).json()
    expect([draft.total, draft.period]).toEqual([ready?.total, ready?.period])

    const run = await post('/v1/billing-run', {})
    expect(run.body['issued']).toHaveLength(forecast.ready.length)
    expect(new Set(await world.newChanges())).toEqual(new Set([`invoice.issued by ${admin}`]))
    expect((await post('/v1/billing-run', {})).body['issued']).toEqual([])
  })
})
