/** What customers need to pay, with the sandbox. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StripeConnection } from './index.ts'
import { aCustomer, manufacturerId } from './testing/ledger-fixture.ts'
import { aStripeWorld, type StripeWorld } from './testing/stripe-world.ts'

const actor = { kind: 'system', id: 'test', name: 'test' } as const
let world: StripeWorld
let stripe: StripeConnection

beforeEach(async () => {
  world = await aStripeWorld({ newCustomersPay: false })
  stripe = world.connect()
})
afterEach(() => world.close())

describe('a customer that is at Stripe already', () => {
  it('is linked to one customer here, and to another it is refused with a sentence', async () => {
    const { id } = await world.aPerson().customers.create({ name: 'Building Co' })
    for (const ours of ['cust_1', 'cust_2']) await aCustomer(world.test.ledger, ours)
    const { paymentDesk } = stripe
    await paymentDesk.linkCustomer(manufacturerId, 'cust_1', id, actor)
    await paymentDesk.linkCustomer(manufacturerId, 'cust_1', id, actor)
    await expect(paymentDesk.linkCustomer(manufacturerId, 'cust_2', id, actor)).rejects.toMatchObject({
      code: 'stripe_customer_taken',
    })
    expect(await paymentDesk.readPayment(manufacturerId, 'cust_1')).toMatchObject({ stripeCustomerId: id })
    expect(await paymentDesk.readPayment(manufacturerId, 'cust_2')).toMatchObject({
      stripeCustomerId: undefined,
    })
  })

  it('is refused when it is none of the account', async () => {
    await aCustomer(world.test.ledger, 'cust_1')
    await expect(
      stripe.paymentDesk.linkCustomer(manufacturerId, 'cust_1', 'cus_nobody', actor),
    ).rejects.toMatchObject({ code: 'stripe_customer_unknown' })
  })
})

it('an account that is debited is saved in Checkout, charged from then on, and known again by its last digits', async () => {
  await aCustomer(world.test.ledger, 'cust_1')
  // Events count from the first time that they are asked for.
  await stripe.inbox.readMissedEvents()
  const { url } = await stripe.paymentDesk.openPaymentSetup(
    manufacturerId,
    'cust_1',
    'https://usance.example/app/payment',
  )
  const body = new URLSearchParams({ iban: 'DE89370400440532013000' })
  expect((await fetch(url, { method: 'POST', body, redirect: 'manual' })).status).toBe(303)
  // Once for what was saved, and once for what Stripe then says of the customer.
  for (let round = 0; round < 2; round += 1) {
    await stripe.inbox.readMissedEvents()
    await stripe.inbox.processStripeEvents()
    await world.drain(stripe)
  }
  expect(await world.steps()).toContain('set_payment_method 1 done')
  expect(await stripe.paymentDesk.readPayment(manufacturerId, 'cust_1')).toMatchObject({
    paymentMethod: { kind: 'sepa_debit', last4: '3000' },
  })
})
