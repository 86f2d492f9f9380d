/** Meter events of v2: JSON, the form of its errors, and its own rule for idempotency keys. */
import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import type { Fault, StripeSandboxOptions } from './index.ts'
import { apiKey, refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const daySeconds = 86_400
const iso = (ms: number) => new Date(ms).toISOString()

async function aMeter(options: Partial<StripeSandboxOptions> = {}) {
  const { sandbox, stripe } = await fixture.start(options)
  const { id: customer } = await stripe.customers.create({})
  const meter = await stripe.billing.meters.create({
    display_name: 'Run time',
    event_name: 'run_s',
    default_aggregation: { formula: 'sum' },
  })
  const payload = (value: string) => ({ stripe_customer_id: customer, value })
  const send = (
    value: string,
    more: Partial<Stripe.V2.Billing.MeterEventCreateParams> = {},
    idempotencyKey?: string,
  ) =>
    stripe.v2.billing.meterEvents.create(
      { event_name: 'run_s', payload: payload(value), ...more },
      idempotencyKey === undefined ? {} : { idempotencyKey },
    )
  const cancel = (identifier: string) =>
    stripe.v2.billing.meterEventAdjustments.create({
      event_name: 'run_s',
      type: 'cancel',
      cancel: { identifier },
    })
  const total = async () => {
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer,
      start_time: startMs / 1000 - 2 * daySeconds,
      end_time: startMs / 1000 + daySeconds,
    })
    return data[0]?.aggregated_value
  }
  const raw = async (body: string) => {
    const response = await fetch(`${sandbox.url}/v2/billing/meter_events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'stripe-version': stripe.getApiField('version') },
      body,
    })
    return { status: response.status, body: await response.json() }
  }
  return { sandbox, stripe, payload, send, cancel, total, raw }
}

describe('meter events of v2', () => {
  it('feed the meters of v1, with instants for seconds', async () => {
    const { sandbox, stripe, payload, send, total } = await aMeter()
    const event = await send('0.1', { identifier: 'a', timestamp: '2026-11-27T23:59:59.500Z' })
    expect(event).toMatchObject({
      object: 'v2.billing.meter_event',
      created: iso(startMs),
      event_name: 'run_s',
      identifier: 'a',
      livemode: false,
      payload: payload('0.1'),
      timestamp: '2026-11-27T23:59:59.500Z',
    })
    await stripe.billing.meterEvents.create({ event_name: 'run_s', payload: payload('0.2') })
    expect(await send('0.4')).toMatchObject({ timestamp: iso(startMs) })
    expect(await total()).toBe(undefined)
    sandbox.advance(60_000)
    expect(await total()).toBe(0.7)
    expect(sandbox.inspect().meterEvents.map(({ timestamp }) => timestamp - startMs / 1000)).toEqual([
      -1, 0, 0,
    ])
  })

  it('share their identifiers with v1, and are cancelled', async () => {
    const { sandbox, stripe, payload, send, cancel, total } = await aMeter()
    await send('1', { identifier: 'a' })
    await expect(send('1', { identifier: 'a' })).rejects.toEqual(refusal(400, 'duplicate_meter_event'))
    const again = { event_name: 'run_s', identifier: 'a', payload: payload('1') }
    await expect(stripe.billing.meterEvents.create(again)).rejects.toEqual(
      refusal(400, 'duplicate_meter_event'),
    )
    await send('2', { identifier: 'b' })
    expect(await cancel('a')).toMatchObject({
      object: 'v2.billing.meter_event_adjustment',
      id: expect.stringMatching(/^mtr_evtadj_/),
      created: iso(startMs),
      status: 'complete',
      cancel: { identifier: 'a' },
    })
    await expect(cancel('a')).rejects.toEqual(refusal(400, 'resource_missing'))
    sandbox.advance(daySeconds * 1000 + 1)
    await expect(cancel('b')).rejects.toEqual(refusal(400))
    expect(await total()).toBe(2)
  })

  it.each<[string, string, Partial<Stripe.V2.Billing.MeterEventCreateParams>]>([
    ['timestamp_too_far_in_past', '1', { timestamp: iso(startMs - 35 * daySeconds * 1000 - 1000) }],
    ['timestamp_in_future', '1', { timestamp: iso(startMs + 301_000) }],
    ['meter_event_invalid_value', '1e3', {}],
    ['meter_event_value_too_many_digits', '0.1234567890123', {}],
    ['meter_event_customer_not_found', '1', { payload: { stripe_customer_id: 'cus_nobody', value: '1' } }],
    ['no_meter', '1', { event_name: 'other' }],
    ['invalid_fields', '1', { timestamp: '1795824000' }],
    ['invalid_fields', '1', { timestamp: '2026-11-28' }],
  ])('are refused at once with %s (%#), also where v1 tells nobody', async (code, value, more) => {
    const { sandbox, send } = await aMeter({ meterRejectsLater: true })
    await expect(send(value, more)).rejects.toMatchObject({
      type: 'StripeInvalidRequestError',
      statusCode: 400,
      code,
    })
    expect(sandbox.inspect().meterEvents).toEqual([])
  })

  it.each([
    ['a form', 'event_name=run_s&payload[value]=1'],
    ['no JSON object', '["run_s"]'],
    ['a number for a text', '{"event_name":"run_s","payload":{"value":1}}'],
    ['a missing member', '{"event_name":"run_s"}'],
    ['an unknown member', '{"event_name":"run_s","payload":{},"amount":"1"}'],
    ['nothing', ''],
  ])('take JSON of texts, not %s', async (_what, body) => {
    const { raw } = await aMeter()
    expect(await raw(body)).toEqual({
      status: 400,
      body: { error: { code: 'invalid_fields', message: expect.any(String) } },
    })
  })

  it('are asked to slow down in the form of v2', async () => {
    const faults: Fault[] = [{ kind: 'rate_limit' }]
    const { send } = await aMeter({
      fault: ({ path }) => (path.startsWith('/v2/') ? faults.shift() : undefined),
    })
    await expect(send('1')).rejects.toMatchObject({
      type: 'RateLimitError',
      statusCode: 429,
      code: 'rate_limit',
    })
    expect((await send('1')).livemode).toBe(false)
  })

  it('need a key and a version like v1', async () => {
    const { sandbox } = await aMeter()
    const send = (headers: Record<string, string>) =>
      fetch(`${sandbox.url}/v2/billing/meter_events`, { method: 'POST', headers, body: '{}' })
    expect((await send({})).status).toBe(401)
    expect((await send({ authorization: `Bearer ${apiKey}` })).status).toBe(400)
  })
})

describe('an idempotency key of v2', () => {
  const fault = (...faults: (Fault | undefined)[]) => ({
    fault: ({ path }: { readonly path: string }) => (path.startsWith('/v2/') ? faults.shift() : undefined),
  })

  it('answers again for 30 days, when the identifier is free again long since', async () => {
    const { sandbox, send } = await aMeter()
    const first = await send('1', {}, 'k')
    sandbox.advance(30 * daySeconds * 1000 - 1)
    const again = await send('1', {}, 'k')
    expect([again.identifier, again.lastResponse.headers['idempotent-replayed']]).toEqual([
      first.identifier,
      'true',
    ])
    expect(sandbox.inspect().meterEvents).toHaveLength(1)
    sandbox.advance(1)
    expect((await send('1', {}, 'k')).identifier).not.toBe(first.identifier)
  })

  it.each(['error_stored', 'error_before', 'bad_gateway'] as const)(
    'carries out what has failed in %s',
    async (kind) => {
      const { sandbox, send } = await aMeter(fault({ kind }))
      await expect(send('1', {}, 'k')).rejects.toMatchObject({ type: 'StripeAPIError' })
      const event = await send('1', {}, 'k')
      expect(event.lastResponse.headers['idempotent-replayed']).toBe(undefined)
      expect(sandbox.inspect().meterEvents).toHaveLength(1)
    },
  )

  it.each([
    ['error_after', 'StripeAPIError'],
    ['reset_after', 'StripeConnectionError'],
    ['cut_body', 'StripeConnectionError'],
  ] as const)('does not repeat what was done before %s, and answers with it', async (kind, type) => {
    const { sandbox, send } = await aMeter(fault({ kind }, kind === 'reset_after' ? { kind } : undefined))
    await expect(send('1', { identifier: 'a' }, 'k')).rejects.toMatchObject({ type })
    expect(await send('1', { identifier: 'a' }, 'k')).toMatchObject({ identifier: 'a' })
    expect(sandbox.inspect().meterEvents).toHaveLength(1)
  })

  it('carries out again what was refused in the work', async () => {
    const { sandbox, stripe, send } = await aMeter()
    const params = { event_name: 'later', payload: { stripe_customer_id: '', value: '1' } }
    params.payload.stripe_customer_id = sandbox.inspect().customers[0]?.id ?? ''
    await expect(send('1', params, 'k')).rejects.toEqual(refusal(400, 'no_meter'))
    const sum = { formula: 'sum' } as const
    await stripe.billing.meters.create({ display_name: 'x', event_name: 'later', default_aggregation: sum })
    expect(await send('1', params, 'k')).toMatchObject({ event_name: 'later' })
  })

  it('is refused for other parameters, whatever their order, and free at another endpoint', async () => {
    const { stripe, payload, send } = await aMeter()
    await send('1', { identifier: 'a' }, 'k')
    await expect(send('2', { identifier: 'a' }, 'k')).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
      statusCode: 400,
    })
    const { value, stripe_customer_id } = payload('1')
    const turned = { identifier: 'a', payload: { value, stripe_customer_id }, event_name: 'run_s' }
    const again = await stripe.v2.billing.meterEvents.create(turned, { idempotencyKey: 'k' })
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
    const adjustment = { event_name: 'run_s', type: 'cancel' as const, cancel: { identifier: 'a' } }
    const cancelled = stripe.v2.billing.meterEventAdjustments.create(adjustment, { idempotencyKey: 'k' })
    expect((await cancelled).status).toBe('complete')
    expect((await stripe.customers.create({}, { idempotencyKey: 'k' })).object).toBe('customer')
  })

  it('answers 409 while it is in use', async () => {
    const [taken, released] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    let isFirst = true
    const { send } = await aMeter({
      fault({ path }) {
        if (!isFirst || !path.startsWith('/v2/')) return undefined
        isFirst = false
        taken.resolve(undefined)
        return { kind: 'hold', until: released.promise }
      },
    })
    const first = send('1', {}, 'k')
    await taken.promise
    const second = send('1', {}, 'k')
    await expect(second).rejects.toMatchObject({ type: 'StripeIdempotencyError', statusCode: 409 })
    released.resolve(undefined)
    expect((await first).object).toBe('v2.billing.meter_event')
  })
})
