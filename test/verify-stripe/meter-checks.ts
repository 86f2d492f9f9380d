import type { Stripe } from 'stripe'
import {
  aCustomer,
  hold,
  holdRefused,
  nowSecond,
  unique,
  type CheckWorld,
  type StripeCheck,
} from './check-world.ts'

const HOUR_SECONDS = 3_600

/** A meter of its own, and what sends it a value. */
async function aMeter(world: CheckWorld) {
  const { stripe, run } = world
  const { id: customer } = await aCustomer(world)
  const event_name = `verify_${unique(run)}`
  await stripe.billing.meters.create({
    display_name: 'Check',
    event_name,
    default_aggregation: { formula: 'sum' },
  })
  return async (value: string, change: Partial<Stripe.Billing.MeterEventCreateParams> = {}) =>
    await stripe.billing.meterEvents.create({
      event_name,
      payload: { stripe_customer_id: customer, value },
      ...change,
    })
}

/** The same through v2; keys and parameters may be chosen. */
async function aMeterOfV2(world: CheckWorld) {
  const { stripe, run } = world
  const { id: customer } = await aCustomer(world)
  const event_name = `verify_${unique(run)}`
  const formula = { formula: 'sum' } as const
  const make = async () =>
    await stripe.billing.meters.create({ display_name: 'Check', event_name, default_aggregation: formula })
  const send = async (change: Partial<Stripe.V2.Billing.MeterEventCreateParams> = {}, key = unique(run)) =>
    await stripe.v2.billing.meterEvents.create(
      { event_name, payload: { stripe_customer_id: customer, value: '1' }, ...change },
      { idempotencyKey: key },
    )
  return { event_name, make, send }
}

export const meterChecks: readonly StripeCheck[] = [
  {
    numbers: [74],
    name: 'an identifier is taken once',
    async run(world) {
      const send = await aMeter(world)
      const identifier = unique(world.run)
      await send('1', { identifier })
      await holdRefused('The second time', send('1', { identifier }), 'duplicate_meter_event')
    },
  },
  {
    numbers: [75],
    name: 'values have 15 digits and 12 decimals, and may be below zero',
    async run(world) {
      const send = await aMeter(world)
      await send('123456789012345')
      await send('0.123456789012')
      const { payload } = await send('-1')
      hold(payload['value'] === '-1', `The value is ${payload['value']}.`)
      const code = 'meter_event_value_too_many_digits'
      await holdRefused('Sixteen digits', send('1234567890123456'), code)
      await holdRefused('Thirteen decimals', send('0.1234567890123'), code)
    },
  },
  {
    numbers: [76, 98],
    name: 'wrong events are refused at once, with codes',
    async run(world) {
      const send = await aMeter(world)
      await holdRefused('An unknown name', send('1', { event_name: `none_${world.run}` }), 'no_meter')
      await holdRefused(
        'The future',
        send('1', { timestamp: nowSecond() + HOUR_SECONDS }),
        'timestamp_in_future',
      )
      const payload = { stripe_customer_id: 'cus_nobody', value: '1' }
      await holdRefused('Nobody', send('1', { payload }), 'meter_event_customer_not_found')
      await holdRefused('A word', send('much'), 'meter_event_invalid_value')
    },
  },
  {
    numbers: [121],
    name: 'v2 takes the same events at once, and refuses with the same codes',
    async run(world) {
      const { make, send } = await aMeterOfV2(world)
      await make()
      const identifier = unique(world.run)
      const event = await send({ identifier, timestamp: new Date().toISOString() })
      hold(event.object === 'v2.billing.meter_event', `It is a ${event.object}.`)
      await holdRefused('The second time', send({ identifier }), 'duplicate_meter_event')
      await holdRefused('An unknown name', send({ event_name: `none_${world.run}` }), 'no_meter')
      await holdRefused('A second for an instant', send({ timestamp: String(nowSecond()) }), 'invalid_fields')
    },
  },
  {
    numbers: [122],
    name: 'a key of v2 repeats success and carries out again what has failed',
    async run(world) {
      const { make, send } = await aMeterOfV2(world)
      const key = unique(world.run)
      await holdRefused('An event without a meter', send({}, key), 'no_meter')
      await make()
      const { identifier } = await send({}, key)
      const again = await send({}, key)
      hold(again.identifier === identifier, `The second event is ${again.identifier}, not ${identifier}.`)
    },
  },
  {
    numbers: [123],
    name: 'a key of v2 is refused with other parameters, and free at another endpoint',
    async run(world) {
      const { event_name, make, send } = await aMeterOfV2(world)
      await make()
      const key = unique(world.run)
      const { identifier } = await send({}, key)
      await holdRefused('Another event', send({ identifier: unique(world.run) }, key))
      await world.stripe.v2.billing.meterEventAdjustments.create(
        { event_name, type: 'cancel', cancel: { identifier } },
        { idempotencyKey: key },
      )
    },
  },
]
