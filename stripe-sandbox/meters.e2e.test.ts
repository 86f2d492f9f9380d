import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import type { StripeSandboxOptions } from './index.ts'
import { refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const startSecond = startMs / 1000
const daySeconds = 86_400

async function aMeter(
  formula: 'sum' | 'count' | 'last' = 'sum',
  options: Partial<StripeSandboxOptions> = {},
) {
  const { sandbox, stripe } = await fixture.start(options)
  const { id: customer } = await stripe.customers.create({})
  const meter = await stripe.billing.meters.create({
    display_name: 'Run time',
    event_name: 'run_s',
    default_aggregation: { formula },
  })
  const send = (value: string, more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) =>
    stripe.billing.meterEvents.create({
      event_name: 'run_s',
      payload: { stripe_customer_id: customer, value },
      ...more,
    })
  const summaries = async (window?: 'day' | 'hour') => {
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer,
      start_time: startSecond - 2 * daySeconds,
      end_time: startSecond + daySeconds,
      ...(window === undefined ? {} : { value_grouping_window: window }),
    })
    return data.map(({ aggregated_value, start_time }) => [
      aggregated_value,
      (start_time - startSecond) / daySeconds,
    ])
  }
  return { sandbox, stripe, meter, customer, send, summaries }
}

describe('meters', () => {
  it('count events after a lag, by UTC days, exactly', async () => {
    const { sandbox, send, summaries } = await aMeter()
    await send('0.1')
    await send('0.2', { timestamp: startSecond - 1 })
    await send('0.7', { timestamp: startSecond - daySeconds })
    await send('0.1', { timestamp: startSecond + 1 })
    expect(await summaries('day')).toEqual([])
    sandbox.advance(60_000)
    expect(await summaries('day')).toEqual([
      [0.2, 0],
      [0.9, -1],
    ])
    expect(await summaries()).toEqual([[1.1, -2]])
  })

  it.each([
    ['count', 3],
    ['last', 5],
  ] as const)('have the formula %s', async (formula, expected) => {
    const { sandbox, send, summaries } = await aMeter(formula)
    await send('5', { timestamp: startSecond })
    await send('7', { timestamp: startSecond - 10 })
    await send('9', { timestamp: startSecond - 20 })
    sandbox.advance(60_000)
    expect(await summaries()).toEqual([[expected, -2]])
  })

  it('take an identifier once in 24 hours', async () => {
    const { sandbox, send } = await aMeter()
    await send('1', { identifier: 'a' })
    await expect(send('1', { identifier: 'a' })).rejects.toEqual(refusal(400, 'duplicate_meter_event'))
    sandbox.advance(daySeconds * 1000)
    expect((await send('1', { identifier: 'a' })).identifier).toBe('a')
  })

  it.each([
    ['timestamp_too_far_in_past', '1', { timestamp: startSecond - 35 * daySeconds - 1 }],
    ['timestamp_in_future', '1', { timestamp: startSecond + 301 }],
    ['meter_event_invalid_value', '1e3', {}],
    ['meter_event_value_too_many_digits', '1234567890.123456', {}],
    ['meter_event_customer_not_found', '1', { payload: { stripe_customer_id: 'cus_nobody', value: '1' } }],
    ['no_meter', '1', { event_name: 'other' }],
  ])('refuse with %s', async (code, value, more) => {
    const { send } = await aMeter()
    await expect(send(value, more)).rejects.toEqual(refusal(400, code))
  })

  it('take the oldest and the furthest timestamp that is allowed', async () => {
    const { sandbox, send } = await aMeter()
    await send('1', { timestamp: startSecond - 35 * daySeconds })
    await send('1', { timestamp: startSecond + 300 })
    expect(sandbox.inspect().meterEvents).toHaveLength(2)
  })

  it('forget an event that is cancelled within 24 hours', async () => {
    const { sandbox, stripe, send, summaries } = await aMeter()
    await send('1', { identifier: 'a' })
    await send('2', { identifier: 'b' })
    const cancel = (identifier: string) =>
      stripe.billing.meterEventAdjustments.create({
        event_name: 'run_s',
        type: 'cancel',
        cancel: { identifier },
      })
    expect(await cancel('a')).toMatchObject({ status: 'complete', cancel: { identifier: 'a' } })
    await expect(cancel('a')).rejects.toEqual(refusal(400, 'resource_missing'))
    sandbox.advance(daySeconds * 1000 + 1)
    await expect(cancel('b')).rejects.toEqual(refusal(400, 'parameter_invalid'))
    expect(await summaries()).toEqual([[2, -2]])
  })

  it('are found, listed, and one for each event name; their summaries are aligned', async () => {
    const { stripe, meter, customer } = await aMeter()
    expect((await stripe.billing.meters.retrieve(meter.id)).event_name).toBe('run_s')
    expect((await stripe.billing.meters.list({ status: 'active' })).data.map(({ id }) => id)).toEqual([
      meter.id,
    ])
    await expect(
      stripe.billing.meters.create({
        display_name: 'x',
        event_name: 'run_s',
        default_aggregation: { formula: 'sum' },
      }),
    ).rejects.toEqual(refusal(400, 'resource_already_exists'))
    for (const window of ['day', 'hour', undefined] as const) {
      await expect(
        stripe.billing.meters.listEventSummaries(meter.id, {
          customer,
          start_time: startSecond + 1,
          end_time: startSecond + daySeconds,
          ...(window === undefined ? {} : { value_grouping_window: window }),
        }),
      ).rejects.toEqual(refusal(400))
    }
  })
})

describe('meter events that are rejected later', () => {
  it('are answered like any other, and never count', async () => {
    const { sandbox, send, summaries } = await aMeter('sum', { meterRejectsLater: true })
    const wrong: readonly (readonly [string, Partial<Stripe.Billing.MeterEventCreateParams>])[] = [
      ['1', { event_name: 'none' }],
      ['1', { payload: { stripe_customer_id: 'cus_nobody', value: '1' } }],
      ['1', { timestamp: startSecond - 36 * daySeconds }],
      ['1', { timestamp: startSecond + 3_600 }],
      ['much', {}],
      ['1234567890123456', {}],
    ]
    for (const [value, change] of wrong) {
      expect((await send(value, change)).object).toBe('billing.meter_event')
    }
    await send('2')
    expect(sandbox.inspect().rejectedMeterEvents).toEqual([])
    sandbox.advance(60_000)
    expect(await summaries()).toEqual([[2, -2]])
    expect(sandbox.inspect().rejectedMeterEvents.map(({ code }) => code)).toEqual([
      'no_meter',
      'meter_event_customer_not_found',
      'timestamp_too_far_in_past',
      'timestamp_in_future',
      'meter_event_invalid_value',
      'meter_event_value_too_many_digits',
    ])
  })
})
