import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError, DAY_MS, HOUR_MS, type ManufacturerId } from '../../core/index.ts'
import type { StripeConnection } from './index.ts'
import { aManufacturer, manufacturerId, type InvoiceWish } from './testing/ledger-fixture.ts'
import { apiKey, aStripeWorld, webhookSecret, type StripeWorld } from './testing/stripe-world.ts'

const other = 'man_other' as ManufacturerId
const twoLines = { amountsMinor: [490n, 1_203n], totalMinor: 1_693n }

let world: StripeWorld
let stripe: StripeConnection
let server: Server

beforeEach(async () => {
  world = await aStripeWorld()
  stripe = world.connect()
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const signature = request.headers['stripe-signature']
      stripe.inbox
        .handleStripeWebhook({
          manufacturerId,
          rawBody: Buffer.concat(chunks),
          signature: typeof signature === 'string' ? signature : undefined,
        })
        .then(
          () => response.writeHead(204).end(),
          () => response.writeHead(400).end(),
        )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  world.sandbox.setWebhook({ url, secret: webhookSecret })
  await aManufacturer(world.test.ledger, other, 'OTHER')
  await world.setKey(other, apiKey, 'whsec_other')
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await world.close()
})

function loseWebhooks(): void {
  world.sandbox.setWebhook({ url: 'http://127.0.0.1:9/', secret: webhookSecret })
}

/** Pushes an issued invoice and returns its document at Stripe. */
async function push(wish: InvoiceWish): Promise<Stripe.Invoice> {
  const invoiceId = await world.issue(wish)
  expect((await stripe.pusher.pushWaiting()).finalized).toEqual([invoiceId])
  const [document] = world.documentsOf(invoiceId)
  if (document === undefined) throw new Error('the document is not at Stripe')
  return document
}

async function eventsStored(type: string): Promise<number> {
  const rows = await world.test.ledger
    .selectFrom('stripe_events')
    .select('id')
    .where('event_type', '=', type)
    .execute()
  return rows.length
}

async function statusOf(invoiceId: string): Promise<string> {
  const row = await world.test.ledger
    .selectFrom('invoices')
    .select('status')
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  return row.status
}

async function stateOf(invoiceId: string) {
  return await world.test.ledger
    .selectFrom('stripe_payment_states')
    .selectAll()
    .where('invoice_id', '=', invoiceId)
    .executeTakeFirst()
}

/** A webhook body and its signature, made as Stripe makes them. */
function signed(content: unknown, options: { at?: number; secret?: string } = {}) {
  const payload = JSON.stringify(content)
  const timestamp = Math.floor((options.at ?? world.now()) / 1000)
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    timestamp,
    secret: options.secret ?? webhookSecret,
  })
  return { manufacturerId, rawBody: Buffer.from(payload), signature }
}

const paidEvent = (stripeInvoiceId: string, id = 'evt_hint') => ({
  id,
  object: 'event',
  type: 'invoice.paid',
  livemode: false,
  data: { object: { id: stripeInvoiceId, object: 'invoice', status: 'paid' } },
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof AppError ? error.code : 'no error'
}

const isPaidThere = () => vi.waitUntil(() => world.sandbox.inspect().invoices[0]?.status === 'paid')

describe('an invoice that Stripe collected', () => {
  it('becomes paid here through a webhook and a look at Stripe', async () => {
    await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(async () => (await eventsStored('invoice.paid')) === 1)
    expect(await statusOf('inv_1')).toBe('issued')
    expect(await stripe.inbox.processStripeEvents()).toEqual({ paid: ['inv_1'], left: 0 })
    expect(await statusOf('inv_1')).toBe('paid')
    const paidAt = world.sandbox.inspect().invoices[0]?.status_transitions.paid_at ?? 0
    expect(world.paid).toEqual([['inv_1', paidAt * 1000]])
    expect(await stateOf('inv_1')).toMatchObject({
      status: 'paid',
      collected_minor: 1_693n,
      remaining_minor: 0n,
      problem: null,
      pay_url: null,
    })
  })

  it('becomes paid by the events that did not come as webhooks', async () => {
    loseWebhooks()
    // Events are read from the first time on.
    expect(await stripe.inbox.readMissedEvents()).toBe(0)
    await push({ id: 'inv_1', ...twoLines })
    await isPaidThere()
    expect(await stripe.inbox.processStripeEvents()).toEqual({ paid: [], left: 0 })
    world.pass(HOUR_MS)
    expect(await stripe.inbox.readMissedEvents()).toBeGreaterThan(0)
    expect(await stripe.inbox.processStripeEvents()).toEqual({ paid: ['inv_1'], left: 0 })
    expect(await stripe.inbox.readMissedEvents()).toBe(0)
  })

  it('becomes paid by the nightly sweep when no event tells of it', async () => {
    loseWebhooks()
    await push({ id: 'inv_1', ...twoLines })
    await isPaidThere()
    world.pass(31 * DAY_MS)
    expect(await stripe.sweeper.sweep()).toEqual({ looked: 1, paid: ['inv_1'], spareDrafts: 0, left: 0 })
    expect(await stripe.sweeper.sweep()).toEqual({ looked: 0, paid: [], spareDrafts: 0, left: 0 })
  })
})

describe('an invoice whose customer declines', () => {
  it('stays issued, even when an event claims that it was paid, and the customer learns where to pay', async () => {
    const { id } = await push({ id: 'inv_1', email: 'decline@example.com', ...twoLines })
    await vi.waitUntil(async () => (await eventsStored('invoice.payment_failed')) === 1)
    await stripe.inbox.handleStripeWebhook(signed(paidEvent(id)))
    expect(await stripe.inbox.processStripeEvents()).toEqual({ paid: [], left: 0 })
    expect([await statusOf('inv_1'), world.paid]).toEqual(['issued', []])
    expect(await stateOf('inv_1')).toMatchObject({
      status: 'open',
      collected_minor: 0n,
      remaining_minor: 1_693n,
      attempt_count: 1n,
      problem: 'failed',
      pay_url: expect.stringContaining('http') as string,
    })
    // Told once for each attempt.
    expect(world.problems.map(([invoiceId]) => invoiceId)).toEqual(['inv_1'])
    await stripe.inbox.handleStripeWebhook(signed(paidEvent(id, 'evt_again')))
    await stripe.inbox.processStripeEvents()
    expect(world.problems).toHaveLength(1)
  })
})

describe('a webhook', () => {
  it('that comes twice has one effect', async () => {
    loseWebhooks()
    const { id } = await push({ id: 'inv_1', ...twoLines })
    await isPaidThere()
    const { inbox } = stripe
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('stored')
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('duplicate')
    await inbox.processStripeEvents()
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('duplicate')
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id, 'evt_another')))).toBe('stored')
    await inbox.processStripeEvents()
    expect(world.paid).toHaveLength(1)
  })

  it('stays stored while Stripe cannot be asked and is followed up later', async () => {
    await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(async () => (await eventsStored('invoice.paid')) === 1)
    world.setFault(() => ({ kind: 'bad_gateway' }))
    expect((await stripe.inbox.processStripeEvents()).left).toBeGreaterThan(0)
    world.setFault(() => undefined)
    expect((await stripe.inbox.processStripeEvents()).paid).toEqual(['inv_1'])
  })

  it('of one manufacturer never touches an invoice of another (I12)', async () => {
    loseWebhooks()
    const { id } = await push({ id: 'inv_1', ...twoLines })
    await isPaidThere()
    const webhook = { ...signed(paidEvent(id), { secret: 'whsec_other' }), manufacturerId: other }
    expect(await stripe.inbox.handleStripeWebhook(webhook)).toBe('ignored')
    // Nor does one that is stored all the same, as by a version before.
    await world.test.ledger
      .insertInto('stripe_events')
      .values({
        manufacturer_id: other,
        id: 'evt_hint',
        event_type: 'invoice.paid',
        about_kind: 'invoice',
        stripe_object_id: id,
        received_at: 0,
        processed_at: null,
        problem: null,
      })
      .execute()
    expect(await stripe.inbox.processStripeEvents()).toEqual({ paid: [], left: 0 })
    expect(world.paid).toEqual([])
    // Nor does it stand in the way of the manufacturer’s own event of the same id.
    expect(await stripe.inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('stored')
  })

  it('about something that is nothing of ours is ignored', async () => {
    const event = { ...paidEvent('plan_1'), data: { object: { id: 'plan_1', object: 'plan' } } }
    expect(await stripe.inbox.handleStripeWebhook(signed(event))).toBe('ignored')
    expect(await world.test.ledger.selectFrom('stripe_events').selectAll().execute()).toEqual([])
  })

  it('is taken with the secret before for a day after another was entered', async () => {
    loseWebhooks()
    const { id } = await push({ id: 'inv_1', ...twoLines })
    await world.setKey(manufacturerId, apiKey, 'whsec_rolled')
    const old = () => stripe.inbox.handleStripeWebhook(signed(paidEvent(id)))
    const rolled = () =>
      stripe.inbox.handleStripeWebhook(signed(paidEvent(id, 'evt_2'), { secret: 'whsec_rolled' }))
    expect([await old(), await rolled()]).toEqual(['stored', 'stored'])
    world.pass(DAY_MS)
    expect(await codeOf(old())).toBe('stripe_signature_invalid')
    expect(await rolled()).toBe('duplicate')
  })

  it.each([
    ['of a connected account', { account: 'acct_other' }],
    ['of live mode', { livemode: true }],
  ])('%s is refused', async (_name, change) => {
    const event = { ...paidEvent('in_1'), ...change }
    expect(await codeOf(stripe.inbox.handleStripeWebhook(signed(event)))).toBe('stripe_event_foreign')
    expect(await world.test.ledger.selectFrom('stripe_events').selectAll().execute()).toEqual([])
  })

  const minuteMs = 60_000
  it.each([
    ['a forged signature', () => signed(paidEvent('in_1'), { secret: 'whsec_forged' })],
    ['a changed body', () => ({ ...signed(paidEvent('in_1')), rawBody: Buffer.from('{}') })],
    ['a signature of six minutes ago', () => signed(paidEvent('in_1'), { at: world.now() - 6 * minuteMs })],
    ['a signature of six minutes ahead', () => signed(paidEvent('in_1'), { at: world.now() + 6 * minuteMs })],
    ['no signature', () => ({ ...signed(paidEvent('in_1')), signature: undefined })],
    ['a signature without a time', () => ({ ...signed(paidEvent('in_1')), signature: 'v1=00' })],
    [
      'two times in its signature',
      () => {
        const webhook = signed(paidEvent('in_1'), { at: world.now() + 6 * minuteMs })
        return { ...webhook, signature: `t=${Math.floor(world.now() / 1000)},${webhook.signature}` }
      },
    ],
  ])('with %s is refused and leaves nothing behind', async (_name, webhook) => {
    expect(await codeOf(stripe.inbox.handleStripeWebhook(webhook()))).toBe('stripe_signature_invalid')
    expect(await world.test.ledger.selectFrom('stripe_events').selectAll().execute()).toEqual([])
  })

  it('that is signed but no event is refused', async () => {
    for (const content of [null, 7, {}, { object: 'event' }, { ...paidEvent('in_1'), data: {} }]) {
      expect(await codeOf(stripe.inbox.handleStripeWebhook(signed(content)))).toBe('stripe_event_invalid')
    }
  })

  it('for a manufacturer without Stripe is refused', async () => {
    const webhook = { ...signed(paidEvent('in_1')), manufacturerId: 'man_nobody' as ManufacturerId }
    expect(await codeOf(stripe.inbox.handleStripeWebhook(webhook))).toBe('stripe_not_configured')
  })
})
