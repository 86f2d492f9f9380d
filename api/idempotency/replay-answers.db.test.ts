import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { october, openWorld, WORLD_NOW, type World, type WorldKey } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const neu = { name: 'Neu', email: 'neu@example.com' }
const rig = { id: 'rig-1', modelId: 'drill' }
const post = (
  idempotencyKey: string,
  payload: object = neu,
  url = '/v1/customers',
  key: WorldKey = 'admin',
) => world.send('POST', url, { payload, key, headers: { 'idempotency-key': idempotencyKey } })
const count = () => world.billing.countCustomers(world.manufacturerId)

const tariff = {
  name: 'Neu',
  effectiveAt: october.from,
  document: { currency: 'EUR', items: [{ type: 'flat', id: 'base', description: 'Base', price: '1.00' }] },
}

describe('a call whose answer was lost with the server', () => {
  const { from, to } = october
  it.each([
    ['/v1/customers', () => neu, 'customer.created'],
    ['/v1/tariffs', () => tariff, 'tariff.published'],
    [
      '/v1/contracts',
      () => ({
        customerId: world.ids.crew,
        tariffId: world.ids.tariff,
        timeZone: 'Europe/Berlin',
        anchorOn: '2026-11-01',
        cadence: { unit: 'month', count: 1 },
        startsAt: to,
      }),
      'contract.created',
    ],
    [
      '/v1/contracts/{crewContract}/assignments',
      () => ({ deviceId: 'rig-1', from: to }),
      'assignment.created',
    ],
    ['/v1/assignments/{crewAssignment}/end', () => ({ to: '2026-12-24T00:00:00.000Z' }), 'assignment.ended'],
    [
      '/v1/tariffs/{tariff}/versions',
      () => ({ effectiveAt: '2027-01-01T00:00:00.000Z', document: tariff.document }),
      'tariff.published',
    ],
    [
      '/v1/tax-rates',
      () => ({ place: 'DE', category: 'standard', percent: '19', kind: 'standard', from: '2021-01-01' }),
      'tax_rate.added',
    ],
    [
      '/v1/invoices/{invoice}/payments',
      () => ({ amountMinor: '1', receivedOn: '2026-11-01', method: 'cash' }),
      'invoice.payment_recorded',
    ],
    ['/v1/billing-run', () => ({}), undefined],
  ])('is answered with what it made, once: POST %s', async (pattern, payload, action) => {
    if (pattern.endsWith('assignments'))
      await world.send('POST', '/v1/devices', { payload: { ...rig, commissionedAt: from } })
    const url = pattern.replace(/\{(\w+)\}/, (_match, name: keyof World['ids']) => world.ids[name])
    await world.newChanges()
    const first = await post(`lost${pattern}`, payload(), url)
    await world.loseAnswers()
    const again = await post(`lost${pattern}`, payload(), url)
    const third = await post(`lost${pattern}`, payload(), url)
    expect(first.statusCode).toBeLessThan(300)
    expect([again.statusCode, again.json(), again.headers.location]).toEqual([
      first.statusCode,
      first.json(),
      first.headers.location,
    ])
    expect([third.json(), third.headers['idempotency-replayed']]).toEqual([first.json(), 'true'])
    expect(await world.newChanges()).toEqual(action === undefined ? [] : [`${action} by manufacturer_admin`])
  })

  it('is refused where nobody knows whether it was carried out', async () => {
    const device = { id: 'drill-8', modelId: 'drill', commissionedAt: WORLD_NOW }
    expect((await post('lost-8', device, '/v1/devices')).statusCode).toBe(201)
    await world.loseAnswers()
    expect((await post('lost-8', device, '/v1/devices')).json().code).toBe('idempotency_key_in_use')
  })
})

describe('Idempotency-Key', () => {
  it('carries a call out once and gives the same answer again', async () => {
    const before = await count()
    const first = await post('a-1')
    const again = await post('a-1')
    expect([first.statusCode, first.headers['idempotency-replayed']]).toEqual([201, undefined])
    expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([201, 'true'])
    expect([again.json(), again.headers.location]).toEqual([first.json(), first.headers.location])
    expect(await count()).toBe(before + 1)
  })

  it('refuses another request under the same key', async () => {
    await post('a-2')
    expect((await post('a-2', { ...neu, name: 'Other' })).json()).toMatchObject({
      status: 409,
      code: 'idempotency_key_reused',
    })
    expect((await post('a-2', neu, '/v1/billing-run')).json()).toMatchObject({
      code: 'idempotency_key_reused',
    })
  })

  it('lets one of two concurrent calls through', async () => {
    const before = await count()
    const answers = await Promise.all([post('a-3'), post('a-3'), post('a-3')])
    const refused = answers.filter(({ statusCode }) => statusCode !== 201)
    for (const answer of refused) expect(answer.json().code).toBe('idempotency_key_in_use')
    expect(await count()).toBe(before + 1)
  })

  it('is given back by a call that was refused', async () => {
    expect((await post('a-4', { ...neu, currency: 'XXZ' })).statusCode).toBe(422)
    expect((await post('a-4', { ...neu, currency: 'EUR' })).statusCode).toBe(201)
  })

  it('is forgotten after a day', async () => {
    await post('a-5')
    world.setNow('2026-11-23T12:00:00.000Z')
    const later = await post('a-5')
    expect([later.statusCode, later.headers['idempotency-replayed']]).toEqual([201, undefined])
    world.setNow(WORLD_NOW)
  })

  it('never stores an answer with a secret, and makes no second one', async () => {
    const device = { id: 'drill-7', modelId: 'drill', commissionedAt: WORLD_NOW }
    expect((await post('a-6', device, '/v1/devices')).statusCode).toBe(201)
    expect((await post('a-6', device, '/v1/devices')).json()).toMatchObject({
      status: 409,
      code: 'idempotency_answer_not_kept',
    })
    const made = await post('a-7', {}, '/v1/devices/drill-7/secrets')
    expect(made.statusCode).toBe(201)
    expect((await post('a-7', {}, '/v1/devices/drill-7/secrets')).json().code).toBe(
      'idempotency_answer_not_kept',
    )
    expect((await world.metering.listSecrets(world.manufacturerId, 'drill-7')).length).toBe(2)
  })

  it('has a form', async () => {
    expect((await post('a b')).json()).toMatchObject({ code: 'request_invalid' })
    expect((await post('a'.repeat(201))).json()).toMatchObject({ code: 'request_invalid' })
  })
})
