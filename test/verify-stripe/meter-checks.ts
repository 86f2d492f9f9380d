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
]
