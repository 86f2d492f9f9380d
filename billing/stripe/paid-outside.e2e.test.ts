/** What Stripe is told of an invoice that was paid outside it, by where its push was then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InvoiceId, ManufacturerId } from '../../core/index.ts'
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
async function pay(amountMinor = totalMinor): Promise<void> {
  paymentNo += 1
  const id = `pay_${paymentNo}`
  await world.test.ledger.transaction().execute(async (transaction) => {
    const actor = { actor_kind: 'system', actor_id: 'test', actor_name: 'test' } as const
    const row = { invoice_id: invoiceId, amount_minor: amountMinor, currency: 'EUR', created_at: paymentNo }
    const payment = { received_on: '2026-11-02', method: 'cash', reference: null } as const
    await transaction
      .insertInto('invoice_payments')
      .values({ id, ...row, ...payment, ...actor, reverses_id: null, reason: null })
      .execute()
    if (amountMinor === totalMinor) {
      await transaction
        .updateTable('invoices')
        .set({ status: 'paid', paid_at: paymentNo })
        .where('id', '=', invoiceId)
        .execute()
    }
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

async function collected(): Promise<readonly bigint[]> {
  const rows = await world.test.ledger.selectFrom('stripe_payment_states').select('collected_minor').execute()
  return rows.map(({ collected_minor }) => collected_minor)
}

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

  it('is not taken for told when Stripe collected it before the call that would have told', async () => {
    await pusher.pushWaiting()
    await pay()
    // The first attempt breaks off where nothing was sent yet that changes anything.
    world.setFault(({ method, path }) =>
      method === 'GET' && path.startsWith('/v1/invoices/') ? { kind: 'reset_before' } : undefined,
    )
    await pusher.pushWaiting()
    world.setFault(() => undefined)
    const [document] = world.sandbox.inspect().invoices
    await world.aPerson().invoices.pay(String(document?.id))
    world.pass(3_600_000)
    const { parked } = await pusher.pushWaiting()
    expect(parked).toMatchObject([{ step: 'pay_out_of_band' }])
    await world.connect().sweeper.sweep()
    await world
      .connect()
      .inbox.lookAtInvoices([
        { invoiceId, manufacturerId: 'man_acme' as ManufacturerId, stripeInvoiceId: String(document?.id) },
      ])
    expect(await collected()).toEqual([totalMinor])
  })

  it('is collected there when the payment bounces before Stripe was told, though it was asked once', async () => {
    await pusher.pushWaiting()
    await pay()
    world.setFault(({ method }) => (method === 'POST' ? { kind: 'reset_before' } : undefined))
    await pusher.pushWaiting()
    world.setFault(() => undefined)
    await takeBack()
    world.pass(3_600_000)
    await pusher.pushWaiting()
    expect(atStripe()).toEqual([{ status: 'open', attempted: false }])
    expect((await steps()).at(-1)).toBe('pay_out_of_band 1 superseded')
  })

  it('is collected by Stripe when it was finalized as paid and the payment is taken back', async () => {
    // Its draft is there when it is paid, so it is finalized without being collected.
    world.setFault(({ path }) => (path.endsWith('/finalize') ? { kind: 'bad_gateway' } : undefined))
    await pusher.pushWaiting()
    world.setFault(() => undefined)
    await world.test.ledger
      .updateTable('outbox_steps')
      .set({ attempts: 0n, parameters: null, first_attempt_at: null, next_attempt_at: 0 })
      .where('step', '=', 'finalize_invoice')
      .execute()
    world.setFault(({ path }) => (path.endsWith('/pay') ? { kind: 'reset_before' } : undefined))
    await pay()
    await pusher.pushWaiting()
    world.setFault(() => undefined)
    await takeBack()
    await world.drain()
    expect(await steps()).toEqual([...pushed, 'pay_out_of_band 1 superseded', 'start_collection 1 done'])
    expect(world.sandbox.inspect().invoices.map(({ auto_advance }) => auto_advance)).toEqual([true])
  })
})

describe('a part that was paid elsewhere', () => {
  it('lowers what Stripe collects, once each', async () => {
    await pusher.pushWaiting()
    await pay(190n)
    await pay(100n)
    await world.drain()
    expect(await steps()).toEqual([...pushed, 'report_payment 1 done', 'report_payment 2 done'])
    const [invoice] = world.sandbox.inspect().invoices
    expect([invoice?.status, invoice?.amount_remaining]).toEqual(['open', 200])
    await world.aPerson().invoices.pay(String(invoice?.id))
    world.pass(60_000)
    await world.connect().sweeper.sweep()
    expect(await collected()).toEqual([200n])
    expect(world.paid.map(([id]) => id)).toEqual([invoiceId])
    await world.drain()
    expect((await steps()).slice(3)).toEqual(['report_payment 1 done', 'report_payment 2 done'])
  })

  it('that came before the invoice was finalized is told before anything is collected', async () => {
    await pay(190n)
    await world.drain()
    expect(await steps()).toEqual([...pushed, 'report_payment 1 done', 'start_collection 1 done'])
    const [invoice] = world.sandbox.inspect().invoices
    expect([invoice?.status, invoice?.amount_remaining, invoice?.auto_advance]).toEqual(['open', 300, true])
    world.pass(60_000)
    world.sandbox.advance(collectionDelayMs + 1)
    await world.connect().sweeper.sweep()
    expect(await collected()).toEqual([300n])
  })

  it('that is taken back leaves nothing to collect when the invoice is voided at Stripe meanwhile', async () => {
    await pay(190n)
    world.setFault(({ method, path }) =>
      method === 'POST' && /payment_records|\/v1\/invoices\/in_\w+$/.test(path)
        ? { kind: 'reset_before' }
        : undefined,
    )
    await pusher.pushWaiting()
    await takeBack()
    world.pass(3_600_000)
    await pusher.pushWaiting()
    world.setFault(() => undefined)
    expect((await steps()).at(-1)).toBe('start_collection 1 waiting')
    await world.aPerson().invoices.voidInvoice(String(world.documentsOf(invoiceId)[0]?.id))
    world.pass(3_600_000)
    const { parked } = await pusher.pushWaiting()
    expect(parked).toMatchObject([
      { step: 'start_collection', problem: expect.stringContaining('was voided at Stripe') as string },
    ])
    expect((await steps()).at(-1)).toBe('start_collection 1 parked')
  })

  it('is told once, whatever becomes of the answers', async () => {
    for (const kind of ['error_after', 'reset_after', 'cut_body', 'error_stored', 'reset_before'] as const) {
      invoiceId = await world.issue({ id: `inv_${kind}`, amountsMinor: [totalMinor], totalMinor })
      await pusher.pushWaiting()
      await pay(190n)
      const failed = new Set<string>()
      world.setFault(({ method, path }) => {
        const isFirst = method === 'POST' && !failed.has(path)
        failed.add(path)
        return isFirst ? { kind } : undefined
      })
      await world.drain()
      world.setFault(() => undefined)
      expect([kind, world.documentsOf(invoiceId).map(({ amount_remaining }) => amount_remaining)]).toEqual([
        kind,
        [300],
      ])
    }
  })

  it('is told as far as something is left, and settles the rest', async () => {
    await pusher.pushWaiting()
    await pay(190n)
    await world.drain()
    // The rest: billing makes it paid.
    paymentNo += 1
    await world.payOutside(invoiceId)
    await world.drain()
    expect((await steps()).slice(3)).toEqual(['report_payment 1 done', 'pay_out_of_band 1 done'])
    expect(atStripe()).toEqual([{ status: 'paid', attempted: false }])
    expect(await collected()).toEqual([0n])
  })

  it('is parked with a sentence when Stripe has collected everything meanwhile', async () => {
    await pusher.pushWaiting()
    await world.aPerson().invoices.pay(String(world.documentsOf(invoiceId)[0]?.id))
    await pay(190n)
    const { parked } = await pusher.pushWaiting()
    expect(parked).toMatchObject([
      {
        step: 'report_payment',
        problem: expect.stringContaining('give one of the two payments back') as string,
      },
    ])
  })
})
