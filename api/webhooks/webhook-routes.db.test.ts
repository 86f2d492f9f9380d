import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorld, type World } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const post = (url: string, payload?: object, headers: Readonly<Record<string, string>> = {}) =>
  world.send('POST', url, { ...(payload !== undefined && { payload }), headers })
const get = async (url: string) => (await world.send('GET', url)).json<Record<string, unknown>>()
const add = async (payload: object = { url: 'https://hooks.example.com/a' }) =>
  (await post('/v1/webhook-endpoints', payload)).json<{ id: string; secret: string }>()

describe('an endpoint', () => {
  it('shows its secret in the answer that makes it, and in no other', async () => {
    const { id, secret } = await add()
    expect(secret).toMatch(/^whsec_/)
    const replaced = (await post(`/v1/webhook-endpoints/${id}/secret`, {})).json<{ secret: string }>()
    expect(replaced.secret).toMatch(/^whsec_/)
    const shown = [
      await get(`/v1/webhook-endpoints/${id}`),
      await get('/v1/webhook-endpoints'),
      await get('/v1/audit'),
    ]
    const texts = JSON.stringify(shown)
    expect([texts.includes(secret), texts.includes(replaced.secret)]).toEqual([false, false])
    expect(replaced.secret).not.toBe(secret)
  })

  it('is made once under an idempotency key; its answer, with a secret, is not kept', async () => {
    const headers = { 'idempotency-key': 'add-1' }
    const body = { url: 'https://hooks.example.com/once' }
    expect((await post('/v1/webhook-endpoints', body, headers)).statusCode).toBe(201)
    expect((await post('/v1/webhook-endpoints', body, headers)).json()).toMatchObject({
      code: 'idempotency_answer_not_kept',
    })
    const { items } = await get('/v1/webhook-endpoints?limit=100')
    expect((items as { url: string }[]).filter(({ url }) => url === body.url)).toHaveLength(1)
  })

  it.each([
    ['http://hooks.example.com/', 'webhook_url_refused'],
    ['https://10.0.0.1/', 'webhook_url_refused'],
    ['https://hooks.example.com:25/', 'webhook_url_refused'],
    ['nonsense', 'webhook_url_refused'],
  ])('is refused at %s, with a pointer to the member', async (url, code) => {
    const answer = await post('/v1/webhook-endpoints', { url })
    expect([answer.statusCode, answer.json()]).toMatchObject([422, { code, errors: [{ pointer: '/url' }] }])
  })

  it('is tested, and the event says how it was delivered, with the body byte for byte', async () => {
    const { id } = await add()
    const answer = await post(`/v1/webhook-endpoints/${id}/test`)
    const { eventId } = answer.json<{ eventId: string }>()
    expect(await get(`/v1/webhook-events/${eventId}`)).toMatchObject({
      deliveries: [{ state: 'waiting', log: [] }],
    })
    await world.webhooks.deliverWaiting()
    const event = await get(`/v1/webhook-events/${eventId}`)
    expect([answer.statusCode, event]).toMatchObject([
      202,
      { type: 'webhook.test', subjectId: id, deliveries: [{ state: 'delivered', log: [{ status: 204 }] }] },
    ])
    expect(JSON.parse(String(event['payload']))).toEqual({
      type: 'webhook.test',
      timestamp: '2026-11-22T12:00:00.000Z',
      data: { endpointId: id, message: 'Somebody asked for this test; nothing happened.' },
    })
    expect((await post(`/v1/webhook-events/${eventId}/replay`, {})).json()).toEqual({ deliveries: 1 })
    expect(await get(`/v1/webhook-endpoints/${id}/deliveries`)).toMatchObject({
      items: [{ state: 'waiting' }],
    })
  })

  it('that is switched off gets nothing that waits, is not tested, and one that is removed is gone', async () => {
    const { id } = await add()
    const url = `/v1/webhook-endpoints/${id}`
    await post(`${url}/test`)
    const off = await world.send('PATCH', url, { payload: { state: 'off' }, headers: { 'if-match': '*' } })
    expect(off.json()).toMatchObject({
      state: 'off',
      offReason: 'by_hand',
      offAt: '2026-11-22T12:00:00.000Z',
    })
    expect(await get(`${url}/deliveries`)).toMatchObject({
      items: [
        {
          state: 'failed',
          problem: 'The endpoint was switched off before it was delivered.',
          problemReason: { code: 'endpoint_switched_off', facts: {} },
        },
      ],
    })
    expect((await post(`${url}/test`)).json()).toMatchObject({ status: 409, code: 'webhook_endpoint_off' })
    expect((await post(`${url}/remove`)).statusCode).toBe(204)
    expect(await get(url)).toMatchObject({ status: 404, code: 'webhook_endpoint_not_found' })
  })

  it('may be read by an auditor and changed by an administrator only', async () => {
    const { id } = await add()
    const url = `/v1/webhook-endpoints/${id}`
    const read = await world.send('GET', url, { key: 'auditor' })
    const removed = await world.send('POST', `${url}/remove`, { key: 'auditor' })
    const customer = await world.send('GET', url, { key: 'site' })
    expect([read.statusCode, removed.statusCode, customer.statusCode]).toEqual([200, 403, 403])
  })
})
