import { describe, expect, it } from 'vitest'

import { AppError } from '../../core/index.ts'
import { createApiHarness, OWN_KEY } from '../testing/api-harness.ts'

const url = '/webhooks/stripe/man_own'

describe('POST /webhooks/stripe/{manufacturerId}', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'application/octet-stream'])(
    'hands the body of %s over byte for byte and answers 204, without a key',
    async (contentType) => {
      const { app, webhooks } = await createApiHarness()
      const payload = Buffer.from([0x7b, 0x20, 0xff, 0xfe, 0x0d, 0x0a, 0x7d, 0x20])
      const headers = { 'content-type': contentType, 'stripe-signature': 't=1,v1=ab' }
      const answer = await app.inject({ method: 'POST', url, headers, payload })
      expect([answer.statusCode, answer.body]).toEqual([204, ''])
      expect(webhooks).toEqual([{ manufacturerId: 'man_own', rawBody: payload, signature: 't=1,v1=ab' }])
    },
  )

  it('hands an empty body over as no bytes', async () => {
    const { app, webhooks } = await createApiHarness()
    await app.inject({ method: 'POST', url, headers: { 'stripe-signature': 't=1' } })
    expect(webhooks).toEqual([{ manufacturerId: 'man_own', rawBody: Buffer.alloc(0), signature: 't=1' }])
  })

  it('refuses a request without a signature', async () => {
    const { app, webhooks } = await createApiHarness()
    const answer = await app.inject({ method: 'POST', url, payload: {} })
    expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, '/stripe-signature'])
    expect(webhooks).toEqual([])
  })

  it('takes a body of 1 MiB and refuses one byte more', async () => {
    const { app } = await createApiHarness()
    const headers = { 'content-type': 'application/json', 'stripe-signature': 't=1' }
    const send = (size: number) =>
      app.inject({ method: 'POST', url, headers, payload: Buffer.alloc(size, 0x20) })
    expect((await send(1_048_576)).statusCode).toBe(204)
    expect((await send(1_048_577)).statusCode).toBe(413)
  })

  it('answers with the refusal of the handler, so that Stripe sends the event again', async () => {
    const refusal = new AppError('some_refusal', { kind: 'forbidden', title: 'Refused' }, 'Sign it.')
    const { app } = await createApiHarness({ webhooks: { receiveStripe: () => Promise.reject(refusal) } })
    const answer = await app.inject({ method: 'POST', url, headers: { 'stripe-signature': 't=1' } })
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'some_refusal'])
  })

  it('leaves the JSON of other routes parsed', async () => {
    const { request } = await createApiHarness()
    const payload = { id: 'drill-2', modelId: 'drill', commissionedAt: '2026-01-01T00:00:00Z' }
    expect((await request({ method: 'POST', url: '/v1/devices', key: OWN_KEY, payload })).statusCode).toBe(
      201,
    )
  })
})
