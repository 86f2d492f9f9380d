/** What stands in the way of some events, and must not stand in the way of others. */
import { sql } from 'kysely'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { StripeConnection } from './index.ts'
import { aManufacturer, manufacturerId } from './testing/ledger-fixture.ts'
import { apiKey, aStripeWorld, webhookSecret, type StripeWorld } from './testing/stripe-world.ts'

const other = 'man_other' as ManufacturerId
const wish = { amountsMinor: [490n, 1_203n], totalMinor: 1_693n }

let world: StripeWorld
let stripe: StripeConnection

/** No webhook comes by itself, and nothing is collected unless a test says so. */
beforeEach(async () => {
  world = await aStripeWorld({ collectionDelayMs: 600_000 })
  stripe = world.connect()
  await aManufacturer(world.test.ledger, other, 'OTHER')
  await world.setKey(other, apiKey, 'whsec_other')
})
afterEach(() => world.close())

async function push(id: string): Promise<string> {
  const invoiceId = await world.issue({ id, ...wish })
  await stripe.pusher.pushWaiting()
  return documentOf(invoiceId)
}

function documentOf(invoiceId: string): string {
  const [document] = world.documentsOf(invoiceId as InvoiceId)
  if (document === undefined) throw new Error('the document is not at Stripe')
  return document.id
}

async function pay(stripeInvoiceId: string): Promise<void> {
  await world.aPerson().invoices.pay(stripeInvoiceId)
}

/** As Stripe sends it. */
async function receive(
  object: { readonly object: string; readonly id: string } & Record<string, unknown>,
  eventId: string,
  to = manufacturerId,
) {
  const payload = JSON.stringify({
    id: eventId,
    object: 'event',
    type: `${object.object}.updated`,
    livemode: false,
    data: { object },
  })
  const secret = to === other ? 'whsec_other' : webhookSecret
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    timestamp: Math.floor(world.now() / 1_000),
    secret,
  })
  return await stripe.inbox.handleStripeWebhook({
    manufacturerId: to,
    rawBody: Buffer.from(payload),
    signature,
  })
}

async function storeWaiting(of: ManufacturerId, ids: readonly string[], receivedAt: number): Promise<void> {
  for (let first = 0; first < ids.length; first += 100) {
    const rows = ids.slice(first, first + 100).map((id) => ({
      manufacturer_id: of,
      id: `evt_${id}`,
      event_type: 'invoice.updated',
      about_kind: 'invoice' as const,
      stripe_object_id: id,
      received_at: receivedAt,
      processed_at: null,
      problem: null,
    }))
    await world.test.ledger.insertInto('stripe_events').values(rows).execute()
  }
}

async function eventsOf(of: ManufacturerId) {
  return await world.test.ledger
    .selectFrom('stripe_events')
    .select(['id', 'processed_at', 'problem'])
    .where('manufacturer_id', '=', of)
    .orderBy('id')
    .execute()
}

describe('the events of a manufacturer', () => {
  it('are followed up while another’s key fails and a thousand of his wait', async () => {
    const document = await push('inv_1')
    await world.test.ledger
      .insertInto('stripe_invoices')
      .values({
        invoice_id: await world.issue({ id: 'inv_o', manufacturerId: other, ...wish }),
        stripe_invoice_id: 'in_o',
        adopted_at: 0,
      })
      .execute()
    await world.setKey(other, 'sk_test_revoked', 'whsec_other')
    await storeWaiting(
      other,
      Array.from({ length: 1_000 }, (_, place) => `in_${place}`),
      1,
    )
    await storeWaiting(other, ['in_o'], 0)
    await pay(document)
    await receive({ object: 'invoice', id: document }, 'evt_own')
    const { paid, left } = await stripe.inbox.processStripeEvents()
    expect(paid).toEqual(['inv_1'])
    expect(left).toBeGreaterThan(0)
  })

  it('go on when one of them fails by a mistake here, which is written down with it', async () => {
    const [first, second] = [await push('inv_1'), await push('inv_2')]
    await sql
      .raw(
        `CREATE TRIGGER mistake BEFORE UPDATE OF status ON invoices WHEN NEW.id = 'inv_1' BEGIN SELECT RAISE (ABORT, 'a mistake'); END`,
      )
      .execute(world.test.ledger)
    for (const [place, document] of [first, second].entries()) {
      await pay(document)
      await receive({ object: 'invoice', id: document }, `evt_${place}`)
      world.pass(1)
    }
    expect(await stripe.inbox.processStripeEvents()).toEqual({ paid: ['inv_2'], left: 0 })
    expect(await eventsOf(manufacturerId)).toEqual([
      {
        id: 'evt_0',
        processed_at: world.now(),
        problem: 'A mistake in this program stopped it; report it with the log of this moment.',
      },
      { id: 'evt_1', processed_at: world.now(), problem: null },
    ])
  })

  it('are followed up while another’s invoices are looked at, and between his own', async () => {
    const document = await push('inv_1')
    const held = await push('inv_held')
    await pay(document)
    await receive({ object: 'invoice', id: document }, 'evt_own')
    let release = (): void => undefined
    const until = new Promise<void>((resolve) => (release = resolve))
    const path = `/v1/invoices/${held}`
    world.setFault((request) => (request.path === path ? { kind: 'hold', until } : undefined))
    const ours = { invoiceId: 'inv_1' as InvoiceId, manufacturerId, stripeInvoiceId: 'in_unknown' }
    const looking = stripe.inbox.lookAtInvoices([
      ...Array.from({ length: 100 }, () => ours),
      { ...ours, invoiceId: 'inv_held' as InvoiceId, stripeInvoiceId: held },
    ])
    const processed = stripe.inbox.processStripeEvents()
    void processed.finally(release)
    expect(await processed).toEqual({ paid: ['inv_1'], left: 0 })
    expect(await looking).toEqual({ paid: [], left: 0 })
  })
})

describe('an event about what is not ours', () => {
  it.each([
    ['an invoice', { object: 'invoice', id: 'in_foreign' }],
    ['a credit note', { object: 'credit_note', id: 'cn_1', invoice: 'in_foreign' }],
    ['a customer', { object: 'customer', id: 'cus_foreign' }],
    ['a saved card', { object: 'payment_method', id: 'pm_1', customer: 'cus_foreign' }],
    ['a payment', { object: 'payment_intent', id: 'pi_1', customer: 'cus_foreign' }],
    ['a payment of nobody', { object: 'charge', id: 'ch_1', payment_intent: 'pi_1', customer: null }],
    ['a session', { object: 'checkout.session', id: 'cs_1', mode: 'setup', customer: 'cus_foreign' }],
  ])('is not stored: %s', async (_what, object) => {
    await push('inv_1')
    expect(await receive(object, 'evt_1')).toBe('ignored')
    expect(await eventsOf(manufacturerId)).toEqual([])
  })

  it('is taken up by the next reading when its id was adopted only after it came', async () => {
    await stripe.inbox.readMissedEvents()
    const document = await push('inv_1')
    await pay(document)
    const adopted = await world.test.ledger
      .selectFrom('stripe_invoices')
      .selectAll()
      .executeTakeFirstOrThrow()
    await world.test.ledger.deleteFrom('stripe_invoices').execute()
    expect(await receive({ object: 'invoice', id: document }, 'evt_early')).toBe('ignored')
    await world.test.ledger.insertInto('stripe_invoices').values(adopted).execute()
    world.pass(HOUR_MS / 2)
    await stripe.inbox.readMissedEvents()
    expect((await stripe.inbox.processStripeEvents()).paid).toEqual(['inv_1'])
  })
})

it('an event is forgotten a month after it was followed up, one that waits is not', async () => {
  const document = await push('inv_1')
  await receive({ object: 'invoice', id: document }, 'evt_1')
  await stripe.inbox.processStripeEvents()
  await receive({ object: 'invoice', id: document }, 'evt_2')
  world.pass(29 * DAY_MS)
  await stripe.sweeper.sweep()
  expect((await eventsOf(manufacturerId)).map(({ id }) => id)).toEqual(['evt_1', 'evt_2'])
  world.pass(2 * DAY_MS)
  await stripe.sweeper.sweep()
  expect((await eventsOf(manufacturerId)).map(({ id }) => id)).toEqual(['evt_2'])
})

describe('a credit note that somebody made by hand at Stripe', () => {
  async function credit(document: string, amount: number): Promise<void> {
    await world.aPerson().creditNotes.create({ invoice: document, amount })
  }
  async function look(invoiceId: string): Promise<void> {
    await stripe.inbox.lookAtInvoices([
      { invoiceId: invoiceId as InvoiceId, manufacturerId, stripeInvoiceId: documentOf(invoiceId) },
    ])
  }
  async function stateOf(invoiceId: string) {
    return await world.test.ledger
      .selectFrom('stripe_payment_states')
      .select(['status', 'collected_minor', 'problem', 'problem_code'])
      .where('invoice_id', '=', invoiceId)
      .executeTakeFirstOrThrow()
  }

  it('does not make the invoice paid in full here, but a person learns of it', async () => {
    const document = await push('inv_1')
    await credit(document, 500)
    await pay(document)
    await look('inv_1')
    expect(world.paid).toEqual([])
    expect(await stateOf('inv_1')).toEqual({
      status: 'paid',
      collected_minor: 1_193n,
      problem: 'failed',
      problem_code: 'settled_without_money',
    })
  })

  it('counts for nothing beside our own', async () => {
    const document = await push('inv_1')
    await world.credit('crn_1', 'inv_1' as InvoiceId, 300n)
    await stripe.pusher.pushWaiting()
    await credit(document, 500)
    await pay(document)
    await look('inv_1')
    expect(world.paid).toEqual([])
    const ours = await push('inv_2')
    await world.credit('crn_2', 'inv_2' as InvoiceId, 300n)
    await stripe.pusher.pushWaiting()
    await pay(ours)
    await look('inv_2')
    expect(world.paid.map(([id]) => id)).toEqual(['inv_2'])
  })
})
