import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  AppError,
  secureRandomBytes,
  systemClock,
  type InvoiceId,
  type ManufacturerId,
} from '../../core/index.ts'
import { startStripeSandbox, type Fault, type StripeSandbox } from '../../stripe-sandbox/index.ts'
import {
  createSecretStore,
  createStripeInbox,
  createStripePusher,
  enqueueInvoicePush,
  type StripeInbox,
} from './index.ts'
import {
  aLedger,
  aManufacturer,
  anIssuedInvoice,
  manufacturerId,
  type InvoiceWish,
  type TestLedger,
} from './ledger-fixture.ts'

const webhookSecret = 'whsec_sandbox'
const secretKey = new Uint8Array(32).fill(7)
const log = pino({ level: 'silent' })
const other = 'man_other' as ManufacturerId
const twoLines = { amountsMinor: [490n, 1_203n], totalMinor: 1_693n }

let test: TestLedger
let sandbox: StripeSandbox
let server: Server
let inbox: StripeInbox
let fault: () => Fault | undefined
let paid: [InvoiceId, number][]

beforeEach(async () => {
  fault = () => undefined
  paid = []
  test = await aLedger()
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const signature = request.headers['stripe-signature']
      inbox
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
  const common = { clock: systemClock, randomBytes: secureRandomBytes, log }
  sandbox = await startStripeSandbox({
    ...common,
    host: '127.0.0.1',
    port: 0,
    apiKey: 'sk_test_sandbox',
    webhook: { url, secret: webhookSecret },
    collectionDelayMs: 1,
    webhookRetryMs: 1,
    fault: () => fault(),
  })
  const stripeOptions = { host: sandbox.host, port: sandbox.port, protocol: 'http' } as const
  inbox = createStripeInbox({
    ...common,
    ledger: test.ledger,
    stripeOptions,
    secretKey,
    async markPaid(invoiceId, paidAt) {
      paid.push([invoiceId, paidAt])
      await test.ledger
        .updateTable('invoices')
        .set({ status: 'paid', paid_at: paidAt })
        .where('id', '=', invoiceId)
        .execute()
    },
  })
  await aManufacturer(test.ledger, other, 'OTHER')
  const secrets = createSecretStore({ ...common, ledger: test.ledger, secretKey })
  for (const [id, secret] of [
    [manufacturerId, webhookSecret],
    [other, 'whsec_other'],
  ] as const) {
    await secrets.setStripeCredentials(
      id,
      { apiKey: 'sk_test_sandbox', webhookSecret: secret },
      { allowLiveKey: false },
    )
  }
})
afterEach(async () => {
  await sandbox.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await test.close()
})

/** Pushes an issued invoice and returns its document at Stripe. */
async function push(wish: InvoiceWish): Promise<Stripe.Invoice> {
  const invoiceId = await anIssuedInvoice(test.ledger, wish)
  await test.ledger
    .transaction()
    .execute((transaction) => enqueueInvoicePush(transaction, invoiceId, systemClock.now()))
  const report = await createStripePusher({
    ledger: test.ledger,
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log,
    stripeOptions: { host: sandbox.host, port: sandbox.port, protocol: 'http' },
    secretKey,
  }).pushWaiting()
  expect(report.finalized).toEqual([invoiceId])
  const document = sandbox.inspect().invoices.find(({ metadata }) => metadata?.['invoice_id'] === invoiceId)
  if (document === undefined) throw new Error('the document is not at Stripe')
  return document
}

async function eventsStored(type: string): Promise<number> {
  const rows = await test.ledger
    .selectFrom('stripe_events')
    .select('id')
    .where('event_type', '=', type)
    .execute()
  return rows.length
}

async function statusOf(invoiceId: string): Promise<string> {
  const row = await test.ledger
    .selectFrom('invoices')
    .select('status')
    .where('id', '=', invoiceId)
    .executeTakeFirstOrThrow()
  return row.status
}

/** A webhook body and its signature, made as Stripe makes them. */
function signed(content: unknown, options: { at?: number; secret?: string } = {}) {
  const payload = JSON.stringify(content)
  const timestamp = Math.floor((options.at ?? systemClock.now()) / 1000)
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
  data: { object: { id: stripeInvoiceId, object: 'invoice', status: 'paid' } },
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof AppError ? error.code : 'no error'
}

describe('an invoice that Stripe collected', () => {
  it('becomes paid here through a webhook and a look at Stripe', async () => {
    await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(async () => (await eventsStored('invoice.paid')) === 1)
    expect(await statusOf('inv_1')).toBe('issued')
    expect(await inbox.processStripeEvents()).toEqual({ paid: ['inv_1'], left: 0 })
    expect(await statusOf('inv_1')).toBe('paid')
    const paidAt = sandbox.inspect().invoices[0]?.status_transitions.paid_at ?? 0
    expect(paid).toEqual([['inv_1', paidAt * 1000]])
  })

  it('becomes paid by asking Stripe when its webhook never came', async () => {
    sandbox.setWebhook({ url: 'http://127.0.0.1:9/', secret: webhookSecret })
    await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(() => sandbox.inspect().invoices[0]?.status === 'paid')
    expect(await inbox.processStripeEvents()).toEqual({ paid: [], left: 0 })
    expect(await inbox.syncOpenInvoices()).toEqual({ paid: ['inv_1'], left: 0 })
    expect(await inbox.syncOpenInvoices()).toEqual({ paid: [], left: 0 })
  })
})

describe('an invoice whose customer declines', () => {
  it('stays issued, even when an event claims that it was paid', async () => {
    const { id } = await push({ id: 'inv_1', email: 'decline@example.com', ...twoLines })
    await vi.waitUntil(async () => (await eventsStored('invoice.payment_failed')) === 1)
    await inbox.handleStripeWebhook(signed(paidEvent(id)))
    expect(await inbox.processStripeEvents()).toEqual({ paid: [], left: 0 })
    expect(await inbox.syncOpenInvoices()).toEqual({ paid: [], left: 0 })
    expect([await statusOf('inv_1'), paid]).toEqual(['issued', []])
  })
})

describe('a webhook', () => {
  it('that comes twice has one effect', async () => {
    const { id } = await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(() => sandbox.inspect().invoices[0]?.status === 'paid')
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('stored')
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('duplicate')
    await inbox.processStripeEvents()
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id)))).toBe('duplicate')
    expect(await inbox.handleStripeWebhook(signed(paidEvent(id, 'evt_another')))).toBe('stored')
    await inbox.processStripeEvents()
    expect(paid).toHaveLength(1)
  })

  it('stays stored while Stripe cannot be asked and is followed up later', async () => {
    await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(async () => (await eventsStored('invoice.paid')) === 1)
    fault = () => ({ kind: 'bad_gateway' })
    expect((await inbox.processStripeEvents()).left).toBe(1)
    fault = () => undefined
    expect((await inbox.processStripeEvents()).paid).toEqual(['inv_1'])
  })

  it('of one manufacturer never touches an invoice of another (I12)', async () => {
    sandbox.setWebhook({ url: 'http://127.0.0.1:9/', secret: webhookSecret })
    const { id } = await push({ id: 'inv_1', ...twoLines })
    await vi.waitUntil(() => sandbox.inspect().invoices[0]?.status === 'paid')
    const webhook = { ...signed(paidEvent(id), { secret: 'whsec_other' }), manufacturerId: other }
    expect(await inbox.handleStripeWebhook(webhook)).toBe('stored')
    expect(await inbox.processStripeEvents()).toEqual({ paid: [], left: 0 })
    expect(paid).toEqual([])
  })

  it('about something else than an invoice is ignored', async () => {
    const event = { ...paidEvent('cus_1'), data: { object: { id: 'cus_1', object: 'customer' } } }
    expect(await inbox.handleStripeWebhook(signed(event))).toBe('ignored')
    expect(await test.ledger.selectFrom('stripe_events').selectAll().execute()).toEqual([])
  })

  const minuteMs = 60_000
  it.each([
    ['a forged signature', () => signed(paidEvent('in_1'), { secret: 'whsec_forged' })],
    ['a changed body', () => ({ ...signed(paidEvent('in_1')), rawBody: Buffer.from('{}') })],
    [
      'a signature of six minutes ago',
      () => signed(paidEvent('in_1'), { at: systemClock.now() - 6 * minuteMs }),
    ],
    [
      'a signature of six minutes ahead',
      () => signed(paidEvent('in_1'), { at: systemClock.now() + 6 * minuteMs }),
    ],
    ['no signature', () => ({ ...signed(paidEvent('in_1')), signature: undefined })],
    ['a signature without a time', () => ({ ...signed(paidEvent('in_1')), signature: 'v1=00' })],
    [
      'two times in its signature',
      () => {
        const webhook = signed(paidEvent('in_1'), { at: systemClock.now() + 6 * minuteMs })
        return { ...webhook, signature: `t=${Math.floor(systemClock.now() / 1000)},${webhook.signature}` }
      },
    ],
  ])('with %s is refused and leaves nothing behind', async (_name, webhook) => {
    expect(await codeOf(inbox.handleStripeWebhook(webhook()))).toBe('stripe_signature_invalid')
    expect(await test.ledger.selectFrom('stripe_events').selectAll().execute()).toEqual([])
  })

  it('that is signed but no event is refused', async () => {
    for (const content of [null, 7, {}, { object: 'event' }, { ...paidEvent('in_1'), data: {} }]) {
      expect(await codeOf(inbox.handleStripeWebhook(signed(content)))).toBe('stripe_event_invalid')
    }
  })

  it('for a manufacturer without Stripe is refused', async () => {
    const webhook = { ...signed(paidEvent('in_1')), manufacturerId: 'man_nobody' as ManufacturerId }
    expect(await codeOf(inbox.handleStripeWebhook(webhook))).toBe('stripe_not_configured')
  })
})
