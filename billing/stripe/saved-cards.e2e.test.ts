/** Which of several cards that a customer saved is charged. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CustomerId } from '../../core/index.ts'
import type { StripeConnection } from './index.ts'
import { wishPaymentMethod } from './look-at-customer.ts'
import { manufacturerId } from './testing/ledger-fixture.ts'
import { aStripeWorld, type StripeWorld } from './testing/stripe-world.ts'

let world: StripeWorld
let stripe: StripeConnection
let stripeCustomerId: string
let cards: readonly [string, string]

beforeEach(async () => {
  world = await aStripeWorld({ newCustomersPay: false })
  stripe = world.connect()
  const person = world.aPerson()
  stripeCustomerId = (await person.customers.create({})).id
  await world.link('cust_1', stripeCustomerId)
  const [first, second] = [await attach(), await attach()]
  cards = [first, second]
})
afterEach(() => world.close())

async function attach(): Promise<string> {
  return (await world.aPerson().paymentMethods.attach('pm_card_visa', { customer: stripeCustomerId })).id
}

async function save(card: string, savedAt = world.now()): Promise<void> {
  const customer = { manufacturerId, customerId: 'cust_1' as CustomerId, stripeCustomerId }
  await world.test.ledger
    .transaction()
    .execute((transaction) => wishPaymentMethod(transaction, customer, { id: card, savedAt }, world.now()))
}

async function charged(): Promise<unknown> {
  const customer = await world.aPerson().customers.retrieve(stripeCustomerId)
  return customer.deleted === true ? undefined : customer.invoice_settings.default_payment_method
}

describe('the card that was saved last', () => {
  it('is charged when the step of the one before is postponed', async () => {
    let refusals = 0
    world.setFault(({ method, path }) => {
      if (method !== 'POST' || path !== `/v1/customers/${stripeCustomerId}` || refusals > 0) return undefined
      refusals += 1
      return { kind: 'rate_limit' }
    })
    await save(cards[0])
    await stripe.pusher.pushWaiting()
    expect(refusals).toBe(1)
    await save(cards[1])
    await world.drain(stripe)
    expect(await charged()).toBe(cards[1])
    expect(await world.steps()).toEqual(['set_payment_method 1 superseded', 'set_payment_method 2 done'])
  })

  it('is charged when both were saved before anything was sent', async () => {
    await save(cards[0])
    await save(cards[1])
    await world.drain(stripe)
    expect(await charged()).toBe(cards[1])
    expect(await world.steps()).toEqual(['set_payment_method 1 superseded', 'set_payment_method 2 done'])
  })

  it('waits until a call for the one before, which may be under way, is over', async () => {
    let release = (): void => undefined
    const until = new Promise<void>((resolve) => (release = resolve))
    let isHeld = false
    world.setFault(({ method, path }) => {
      if (method !== 'POST' || path !== `/v1/customers/${stripeCustomerId}` || isHeld) return undefined
      isHeld = true
      return { kind: 'hold', until }
    })
    await save(cards[0])
    const pushing = stripe.pusher.pushWaiting()
    await expect.poll(() => isHeld).toBe(true)
    await save(cards[1])
    // Another process, that does not know what is under way here.
    expect(await world.connect().pusher.pushWaiting()).toMatchObject({ waiting: 1 })
    release()
    await pushing
    expect(await charged()).toBe(cards[0])
    await world.drain(stripe)
    expect(await charged()).toBe(cards[1])
  })

  it('is charged though the event of the one before is read later', async () => {
    await save(cards[1], world.now())
    await save(cards[0], world.now() - 1_000)
    await world.drain(stripe)
    expect(await charged()).toBe(cards[1])
    expect(await world.steps()).toEqual(['set_payment_method 1 done'])
  })

  it('is wished for once, however often it is told of', async () => {
    await save(cards[0])
    await save(cards[0])
    await save(cards[1])
    await save(cards[1])
    await world.drain(stripe)
    expect(await world.steps()).toEqual(['set_payment_method 1 superseded', 'set_payment_method 2 done'])
  })
})
