/** What Stripe is told of an invoice that was paid outside it, by where its push was then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InvoiceId } from '../../core/index.ts'
import { followInvoice, type StripePusher } from './index.ts'
import { aStripeWorld, type StripeWorld } from './testing/stripe-world.ts'

/** Long enough that nothing is collected within a test. */
const collectionDelayMs = 600_000
const totalMinor = 490n

let world: StripeWorld
let pusher: StripePusher
let invoiceId: InvoiceId
let paymentNo = 0

beforeEach(async () => {
  world = await aStripeWorld({ collectionDelayMs })
  pusher = world.connect().pusher
  invoiceId = await world.issue({ id: 'inv_a', amountsMinor: [totalMinor], totalMinor })
})
afterEach(() => world.close())

/** As billing does it: the payment, the status and what follows from it in one transaction. */
async function pay(): Promise<void> {
  paymentNo += 1
  const id = `pay_${paymentNo}`
  await world.test.ledger.transaction().execute(async (transaction) => {
    const actor = { actor_kind: 'system', actor_id: 'test', actor_name: 'test' } as const
    const row = { invoice_id: invoiceId, amount_minor: totalMinor, currency: 'EUR', created_at: paymentNo }
    const payment = { received_on: '2026-11-02', method: 'cash', reference: null } as const
    await transaction
      .insertInto('invoice_payments')
      .values({ id, ...row, ...payment, ...actor, reverses_id: null, reason: null })
      .execute()
    await transaction
      .updateTable('invoices')
      .set({ status: 'paid', paid_at: paymentNo })
      .where('id', '=', invoiceId)
      .execute()
    await followInvoice(transaction, { invoiceId, now: world.now() })
  })
}

async function takeBack(): Promise<void> {
  await world.test.ledger.transaction().execute(async (transaction) => {
    const payment = await transaction
      .selectFrom('invoice_payments')
      .selectAll()
      .where('id', '=', `pay_${paymentNo}`)
      .executeTakeFirstOrThrow()
    const of = { received_on: null, method: null, reverses_id: payment.id, reason: 'It bounced.' }
    await transaction
      .insertInto('invoice_payments')
      .values({ ...payment, ...of, id: `${payment.id}_back` })
      .execute()
    await transaction
      .updateTable('invoices')
      .set({ status: 'issued', paid_at: null })
      .where('id', '=', invoiceId)
      .execute()
    await followInvoice(transaction, { invoiceId, now: world.now() })
  })
}

const steps = () => world.steps(invoiceId)

const atStripe = () =>
  world.sandbox.inspect().invoices.map(({ status, attempted }) => ({ status, attempted }))

const pushed = ['create_invoice 1 done', 'add_lines 1 done', 'finalize_invoice 1 done']

/** As if the first call of the step had been made, with nobody knowing its outcome. */
async function attempt(step: 'create_invoice' | 'finalize_invoice', parameters: object): Promise<void> {
  await world.test.ledger
    .updateTable('outbox_steps')
    .set({ attempts: 1n, first_attempt_at: world.now(), parameters: JSON.stringify(parameters) })
    .where('step', '=', step)
    .execute()
}

describe('an invoice that was paid outside Stripe', () => {
  it('is not pushed if its push has not begun, and is when it is open again', async () => {
    await pay()
    await pusher.pushWaiting()
    expect(atStripe()).toEqual([])
    expect(await steps()).toEqual(['create_invoice 1 superseded'])
    await takeBack()
    await pusher.pushWaiting()
    expect(atStripe()).toEqual([{ status: 'open', attempted: false }])
    expect(await steps()).toEqual([
      'create_invoice 1 superseded',
      'create_invoice 2 done',
      ...pushed.slice(1),
    ])
  })

  it('is marked as paid out of band after its push has ended, and not collected', async () => {
    await pusher.pushWaiting()
    await pay()
    await pusher.pushWaiting()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 done'])
    expect(atStripe()).toEqual([{ status: 'paid', attempted: false }])
  })

  it('goes on to Stripe when its push has begun, where it is never collected', async () => {
    await world.test.ledger
      .insertInto('stripe_customers')
      .values({ customer_id: 'cust_inv_a', stripe_customer_id: 'cus_known', adopted_at: 0 })
      .execute()
    const customer = await world.aPerson().customers.create({ email: 'cust_inv_a@example.com' })
    await world.test.ledger.updateTable('stripe_customers').set({ stripe_customer_id: customer.id }).execute()
    await attempt('create_invoice', {
      body: {
        customer: customer.id,
        currency: 'eur',
        auto_advance: false,
        metadata: { invoice_id: invoiceId },
      },
    })
    await pay()
    await world.drain()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 done'])
    expect(atStripe()).toEqual([{ status: 'paid', attempted: false }])
    expect(world.sandbox.inspect().invoices.map(({ auto_advance }) => auto_advance)).toEqual([false])
  })

  it('stays open here when the payment bounces, whatever Stripe was told before', async () => {
    await pusher.pushWaiting()
    await pay()
    await pusher.pushWaiting()
    await takeBack()
    await world.connect().sweeper.sweep()
    expect(world.paid).toEqual([])
  })

  it('is left to Stripe again when the payment is taken back before Stripe was told', async () => {
    await pusher.pushWaiting()
    await pay()
    await takeBack()
    await pusher.pushWaiting()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 superseded'])
    expect(atStripe()).toEqual([{ status: 'open', attempted: false }])
    await pay()
    await pusher.pushWaiting()
    expect((await steps()).slice(-2)).toEqual(['pay_out_of_band 1 superseded', 'pay_out_of_band 2 done'])
  })

  it('is parked with a sentence when Stripe has collected it as well', async () => {
    await pusher.pushWaiting()
    const [document] = world.sandbox.inspect().invoices
    await world.aPerson().invoices.pay(String(document?.id))
    await pay()
    const { parked } = await pusher.pushWaiting()
    expect(parked).toMatchObject([
      {
        step: 'pay_out_of_band',
        problem: expect.stringContaining('give one of the two payments back') as string,
      },
    ])
  })
})
