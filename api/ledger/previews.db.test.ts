/** `POST /v1/previews` over HTTP: what it answers, whom it lets in, and how it refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorld, type World, type WorldKey } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const preview = (payload: object, key: WorldKey = 'admin') =>
  world.send('POST', '/v1/previews', { payload: { contractId: world.ids.crewContract, ...payload }, key })

const document = {
  currency: 'EUR',
  items: [{ type: 'flat', id: 'only', description: 'Only', price: '7.50' }],
}

describe('POST /v1/previews', () => {
  it('answers like the live bill where nothing is overridden, for the manufacturer and the customer', async () => {
    const cutoffAt = (await world.send('GET', `/v1/contracts/${world.ids.crewContract}/bill`)).json<{
      cutoffAt: string
    }>().cutoffAt
    const live = await world.send('GET', `/v1/contracts/${world.ids.crewContract}/bill?cutoffAt=${cutoffAt}`)
    for (const key of ['admin', 'crew'] as const) {
      const answer = await preview({ cutoffAt }, key)
      const { difference, notCompared, ...bill } = answer.json<Record<string, unknown>>()
      expect([answer.statusCode, bill, notCompared]).toEqual([200, live.json(), null])
      expect(difference).toMatchObject({ difference: '0.00', differenceMinor: '0' })
    }
  })

  it('shows what a document would cost beside what is in force', async () => {
    const answer = (await preview({ tariff: { document } })).json<{
      lines: { itemId: string; amount: string }[]
      difference: { amount: string; inForceMinor: string; differenceMinor: string; items: object[] }
    }>()
    expect(answer.lines).toMatchObject([{ itemId: 'only', amount: '7.50' }])
    const { amount, inForceMinor, differenceMinor, items } = answer.difference
    expect([amount, 750n - BigInt(inForceMinor)]).toEqual(['7.50', BigInt(differenceMinor)])
    expect(items).toContainEqual({
      itemId: 'only',
      description: 'Only',
      amount: '7.50',
      amountMinor: '750',
      inForce: '0.00',
      inForceMinor: '0',
      difference: '7.50',
      differenceMinor: '750',
    })
  })

  it.each([
    ['a document of a customer', { tariff: { document } }, 'crew', 403, 'access_denied'],
    ['a contract of another customer', {}, 'site', 404, 'contract_not_found'],
    ['a document that is no tariff', { tariff: { document: { items: [] } } }, 'admin', 422, 'tariff_invalid'],
    ['a document and a tariff', { tariff: { document, tariffId: 'tar_1' } }, 'admin', 400, 'request_invalid'],
    ['a tariff of nothing', { tariff: {} }, 'admin', 400, 'request_invalid'],
    ['a version of no tariff', { tariff: { versionId: 'a'.repeat(64) } }, 'admin', 400, 'request_invalid'],
    ['half a span', { from: '2026-10-01T00:00:00Z' }, 'admin', 400, 'request_invalid'],
    [
      'a span and an instant',
      { at: '2026-10-01T00:00:00Z', from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' },
      'admin',
      400,
      'request_invalid',
    ],
    ['a day as an instant', { at: '2026-10-01' }, 'admin', 400, 'request_invalid'],
  ] as const)('refuses %s', async (_name, payload, key, status, code) => {
    const answer = await preview(payload, key)
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code])
  })
})
