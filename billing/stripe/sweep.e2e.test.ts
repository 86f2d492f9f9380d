/** What the nightly comparison asks Stripe, what it repairs, and what it leaves alone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { StripeConnection } from './index.ts'
import { aManufacturer, manufacturerId } from './testing/ledger-fixture.ts'
import { aStripeWorld, type StripeWorld } from './testing/stripe-world.ts'

const wish = { amountsMinor: [490n, 1_203n], totalMinor: 1_693n }

let world: StripeWorld
let stripe: StripeConnection

/** No webhook comes, and nothing is collected unless a test says so. */
beforeEach(async () => {
  world = await aStripeWorld({ collectionDelayMs: 600_000 })
  stripe = world.connect()
})
afterEach(() => world.close())

async function push(id: string): Promise<InvoiceId> {
  const invoiceId = await world.issue({ id, ...wish })
  await stripe.pusher.pushWaiting()
  return invoiceId
}

function documentOf(invoiceId: InvoiceId): string {
  const [document] = world.documentsOf(invoiceId)
  if (document === undefined) throw new Error('the document is not at Stripe')
  return document.id
}

async function look(invoiceId: InvoiceId): Promise<void> {
  await stripe.inbox.lookAtInvoices([{ invoiceId, manufacturerId, stripeInvoiceId: documentOf(invoiceId) }])
}

async function stateOf(invoiceId: InvoiceId) {
  return await world.test.ledger
    .selectFrom('stripe_payment_states')
    .select(['status', 'pay_url', 'checked_at'])
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirstOrThrow()
}

/** The payment that `payOutside` recorded bounced. */
async function takeBack(invoiceId: InvoiceId): Promise<void> {
  const { ledger } = world.test
  const payment = await ledger
    .selectFrom('invoice_payments')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  const of = { received_on: null, method: null, reverses_id: payment.id, reason: 'It bounced.' }
  await ledger
    .insertInto('invoice_payments')
    .values({ ...payment, ...of, id: `${payment.id}_back` })
    .execute()
  await ledger.updateTable('invoices').set({ status: 'issued', paid_at: null }).execute()
  await world.follow(invoiceId)
}

const nothing = { looked: 0, paid: [], spareDrafts: 0, left: 0 }

describe('the sweep', () => {
  it('does not list years of the account for one invoice that was written off long ago', async () => {
    const old = await push('inv_1')
    await world.setStatus(old, 'uncollectible')
    await stripe.pusher.pushWaiting()
    const { id: customer } = await world.aPerson().customers.create({})
    for (let count = 0; count < 250; count += 1) {
      const { id } = await world.aPerson().invoices.create({ customer, auto_advance: false })
      await world.aPerson().invoices.finalizeInvoice(id, { auto_advance: false })
    }
    world.pass(3 * 365 * DAY_MS)
    let lists = 0
    world.setFault(({ path }) => {
      if (path === '/v1/invoices') lists += 1
      return undefined
    })
    expect(await stripe.sweeper.sweep()).toEqual(nothing)
    // One page each of drafts, of what is open and of what was given up.
    expect(lists).toBeLessThanOrEqual(3)
  })

  it('says of what is the same that it was looked at', async () => {
    const invoiceId = await push('inv_1')
    world.pass(HOUR_MS)
    expect(await stripe.sweeper.sweep()).toEqual(nothing)
    expect((await stateOf(invoiceId)).checked_at).toBe(world.now())
  })

  it('repairs an answer that came late: paid here and there, and noted as open', async () => {
    const invoiceId = await push('inv_1')
    const open = await stateOf(invoiceId)
    await world.aPerson().invoices.pay(documentOf(invoiceId))
    await look(invoiceId)
    expect(world.paid.map(([id]) => id)).toEqual([invoiceId])
    await world.test.ledger.updateTable('stripe_payment_states').set(open).execute()
    world.pass(HOUR_MS)
    expect(await stripe.sweeper.sweep()).toEqual({ ...nothing, looked: 1 })
    expect(await stateOf(invoiceId)).toMatchObject({ status: 'paid', pay_url: null })
    expect(await stripe.sweeper.sweep()).toEqual(nothing)
  })

  it('takes up a payment that was noted and never marked', async () => {
    const invoiceId = await push('inv_1')
    await world.aPerson().invoices.pay(documentOf(invoiceId))
    await world.test.ledger
      .updateTable('stripe_payment_states')
      .set({ status: 'paid', collected_minor: 1_693n, remaining_minor: 0n, pay_url: null })
      .execute()
    world.pass(HOUR_MS)
    expect(await stripe.sweeper.sweep()).toEqual({ ...nothing, looked: 1, paid: [invoiceId] })
  })

  it('notes one that somebody voided at Stripe, once', async () => {
    const invoiceId = await push('inv_1')
    await world.aPerson().invoices.voidInvoice(documentOf(invoiceId))
    world.pass(HOUR_MS)
    expect(await stripe.sweeper.sweep()).toEqual({ ...nothing, looked: 1 })
    world.pass(DAY_MS)
    expect(await stripe.sweeper.sweep()).toEqual(nothing)
  })

  it.each([
    [
      'credit notes',
      async (invoiceId: InvoiceId) => {
        await world.credit('crn_1', invoiceId, 1_693n)
        await stripe.pusher.pushWaiting()
      },
    ],
    [
      'a credit note made by hand, without money',
      async (invoiceId: InvoiceId) => {
        await world.aPerson().creditNotes.create({ invoice: documentOf(invoiceId), amount: 1_693 })
        await look(invoiceId)
      },
    ],
    [
      'a payment elsewhere that bounced after Stripe was told',
      async (invoiceId: InvoiceId) => {
        await world.payOutside(invoiceId)
        await stripe.pusher.pushWaiting()
        await takeBack(invoiceId)
      },
    ],
  ])('asks no night anew about what is settled there by %s', async (_how, settle) => {
    const invoiceId = await push('inv_1')
    await settle(invoiceId)
    expect(world.documentsOf(invoiceId)[0]?.status).toBe('paid')
    world.pass(DAY_MS)
    await stripe.sweeper.sweep()
    world.pass(DAY_MS)
    expect(await stripe.sweeper.sweep()).toEqual(nothing)
    expect(world.paid).toEqual([])
  })

  it('asks the other accounts when one cannot be asked', async () => {
    const first = 'man_aaa' as ManufacturerId
    await aManufacturer(world.test.ledger, first, 'FIRST')
    await world.setKey(first, 'sk_test_revoked')
    const invoiceId = await push('inv_1')
    await world.aPerson().invoices.pay(documentOf(invoiceId))
    world.pass(HOUR_MS)
    expect(await stripe.sweeper.sweep()).toEqual({ looked: 1, paid: [invoiceId], spareDrafts: 0, left: 1 })
  })
})
