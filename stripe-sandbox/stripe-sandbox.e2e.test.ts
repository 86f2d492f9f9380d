import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Stripe } from 'stripe'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../core/index.ts'
import type { Fault, StripeSandbox, StripeSandboxOptions } from './index.ts'
import { clientOf, refusal, sandboxFixture } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

/** On the clock of the machine. */
async function start(options: Partial<StripeSandboxOptions> = {}): Promise<StripeSandbox> {
  return (await fixture.start({ clock: systemClock, ...options })).sandbox
}

async function aDraft(stripe: Stripe, email = 'pay@example.com', amounts: readonly number[] = [490, 1200]) {
  const customer = await stripe.customers.create({ email })
  const draft = await stripe.invoices.create({ customer: customer.id, currency: 'eur' })
  if (amounts.length === 0) return draft
  return stripe.invoices.addLines(draft.id, { lines: amounts.map((amount) => ({ amount })) })
}

describe('an invoice in the Stripe sandbox', () => {
  it('goes from draft to open to paid by itself when finalized with auto_advance', async () => {
    const stripe = clientOf(await start())
    const draft = await aDraft(stripe)
    expect([draft.status, draft.total, draft.number]).toEqual(['draft', 1690, null])
    const open = await stripe.invoices.finalizeInvoice(draft.id, { auto_advance: true })
    expect([open.status, open.amount_due]).toEqual(['open', 1690])
    expect(open.number).toMatch(/^[0-9A-Z]{8}-0001$/)
    const paid = await vi.waitUntil(async () => {
      const invoice = await stripe.invoices.retrieve(draft.id)
      return invoice.status === 'paid' ? invoice : undefined
    })
    expect([paid.amount_paid, paid.amount_remaining, paid.livemode]).toEqual([1690, 0, false])
  })

  it('keeps the number it was given, which no other may have', async () => {
    const stripe = clientOf(await start())
    const customer = await stripe.customers.create({})
    const draft = await stripe.invoices.create({ customer: customer.id, number: 'ACME-000001' })
    expect(draft.number).toBe('ACME-000001')
    await expect(stripe.invoices.create({ customer: customer.id, number: 'ACME-000001' })).rejects.toEqual(
      refusal(400),
    )
  })

  it('is paid at once when its total is zero', async () => {
    const stripe = clientOf(await start())
    const draft = await aDraft(stripe, 'pay@example.com', [500, -500])
    expect((await stripe.invoices.finalizeInvoice(draft.id)).status).toBe('paid')
  })

  it('stays open when the customer declines, and a payment is refused with 402', async () => {
    const sandbox = await start()
    const stripe = clientOf(sandbox)
    const draft = await aDraft(stripe, 'decline@example.com')
    await stripe.invoices.finalizeInvoice(draft.id, { auto_advance: true })
    await vi.waitUntil(() => sandbox.inspect().events.some(({ type }) => type === 'invoice.payment_failed'))
    await expect(stripe.invoices.pay(draft.id)).rejects.toEqual(refusal(402, 'card_declined'))
    expect((await stripe.invoices.retrieve(draft.id)).status).toBe('open')
  })

  it('is not edited, deleted or finalized again once it is open', async () => {
    const stripe = clientOf(await start())
    const draft = await aDraft(stripe)
    await stripe.invoices.finalizeInvoice(draft.id)
    const refused = refusal(400, 'invoice_not_editable')
    await expect(stripe.invoices.addLines(draft.id, { lines: [{ amount: 1 }] })).rejects.toEqual(refused)
    await expect(stripe.invoices.finalizeInvoice(draft.id)).rejects.toEqual(refused)
    await expect(stripe.invoices.del(draft.id)).rejects.toEqual(refused)
    await stripe.invoices.pay(draft.id)
    await expect(stripe.invoices.pay(draft.id)).rejects.toEqual(refusal(400, 'invoice_already_paid'))
  })

  it('has at most 250 lines and shows the first ten of them', async () => {
    const stripe = clientOf(await start())
    const draft = await aDraft(stripe, 'pay@example.com', [])
    const lines = Array.from({ length: 250 }, (_, index) => ({ amount: index }))
    const full = await stripe.invoices.addLines(draft.id, { lines })
    expect([full.lines.data.length, full.lines.has_more, full.total]).toEqual([10, true, 31_125])
    await expect(stripe.invoices.addLines(draft.id, { lines: [{ amount: 1 }] })).rejects.toEqual(refusal(400))
    const all = []
    for await (const line of stripe.invoices.listLineItems(draft.id, { limit: 100 })) all.push(line.amount)
    expect(all).toEqual(lines.map(({ amount }) => amount))
  })
})

describe('lists of the Stripe sandbox', () => {
  it('begin with the newest, in pages of ten, and filter', async () => {
    const stripe = clientOf(await start())
    const ids = []
    for (let index = 0; index < 12; index += 1) {
      ids.unshift((await stripe.customers.create({ email: `${index % 2}@example.com` })).id)
    }
    const first = await stripe.customers.list()
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 10))
    expect(first.has_more).toBe(true)
    const rest = await stripe.customers.list({ starting_after: ids[9] ?? '' })
    expect(rest.data.map(({ id }) => id)).toEqual(ids.slice(10))
    expect((await stripe.customers.list({ email: '1@example.com' })).data).toHaveLength(6)
    expect((await stripe.customers.list({ created: { gt: 4_000_000_000 } })).data).toEqual([])
    await expect(stripe.customers.list({ limit: 101 })).rejects.toEqual(refusal(400))
  })
})

describe('requests to the Stripe sandbox', () => {
  it('are refused with 401 for another key, 400 for another version, 404 for what is not there', async () => {
    const sandbox = await start()
    const stripe = clientOf(sandbox)
    await expect(clientOf(sandbox, 'sk_test_other').customers.list()).rejects.toEqual(refusal(401))
    await expect(stripe.customers.list({}, { apiVersion: '2020-08-27' })).rejects.toEqual(refusal(400))
    await expect(stripe.products.list()).rejects.toEqual(refusal(404))
    await expect(stripe.customers.retrieve('cus_nobody')).rejects.toEqual(refusal(404, 'resource_missing'))
    await expect(stripe.invoices.create({ customer: 'cus_nobody' })).rejects.toEqual(
      refusal(400, 'resource_missing'),
    )
  })

  it('are refused when they have a parameter that is not known', async () => {
    const stripe = clientOf(await start())
    await expect(stripe.customers.create({ business_name: '1' })).rejects.toEqual(
      refusal(400, 'parameter_unknown'),
    )
  })
})

describe('idempotency in the Stripe sandbox', () => {
  it('gives the same answer to the same key and parameters without doing it twice', async () => {
    const sandbox = await start()
    const stripe = clientOf(sandbox)
    const first = await stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'k' })
    const again = await stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'k' })
    expect(again.id).toBe(first.id)
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
    expect(sandbox.inspect().customers).toHaveLength(1)
    expect(sandbox.inspect().mutations).toEqual([
      { operation: 'create_customer', path: '/v1/customers', idempotencyKey: 'k', objectId: first.id },
    ])
  })

  it('refuses the same key with other parameters', async () => {
    const stripe = clientOf(await start())
    await stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'k' })
    await expect(
      stripe.customers.create({ email: 'b@example.com' }, { idempotencyKey: 'k' }),
    ).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError)
  })

  it('keeps a 500 whose work was done, and one whose work was not', async () => {
    for (const [kind, customers] of [
      ['error_after', 1],
      ['error_stored', 0],
    ] as const) {
      const faults: Fault[] = [{ kind }]
      const sandbox = await start({ fault: () => faults.shift() })
      const stripe = clientOf(sandbox)
      await expect(stripe.customers.create({}, { idempotencyKey: 'k' })).rejects.toEqual(refusal(500))
      await expect(stripe.customers.create({}, { idempotencyKey: 'k' })).rejects.toEqual(refusal(500))
      expect(sandbox.inspect().customers).toHaveLength(customers)
    }
  })

  it('keeps nothing for a 500 before the work, a 429 and a refused parameter', async () => {
    const faults: Fault[] = [{ kind: 'error_before' }, { kind: 'rate_limit' }]
    const sandbox = await start({ fault: () => faults.shift() })
    const stripe = clientOf(sandbox)
    const create = (parameters: Stripe.CustomerCreateParams) =>
      stripe.customers.create(parameters, { idempotencyKey: 'k' })
    await expect(create({})).rejects.toEqual(refusal(500))
    await expect(create({})).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError)
    await expect(create({ business_name: '1' })).rejects.toEqual(refusal(400, 'parameter_unknown'))
    expect((await create({})).object).toBe('customer')
  })

  it('answers 409 while the key is in use', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
    let count = 0
    const sandbox = await start({
      fault() {
        count += 1
        arrive()
        return count === 1 ? { kind: 'hold', until: released } : undefined
      },
    })
    const stripe = clientOf(sandbox)
    const first = stripe.customers.create({}, { idempotencyKey: 'k' })
    await arrived
    await expect(stripe.customers.create({}, { idempotencyKey: 'k' })).rejects.toEqual(refusal(409))
    release()
    expect((await first).object).toBe('customer')
    expect(sandbox.inspect().customers).toHaveLength(1)
  })
})

describe('faults of the Stripe sandbox', () => {
  it.each([
    ['reset_before', 2, 0],
    ['reset_after', 2, 1],
    ['cut_body', 1, 1],
    ['bad_gateway', 1, 0],
  ] as const)('%s ends in an unknown outcome', async (kind, times, customers) => {
    const faults = Array.from({ length: times }, (): Fault => ({ kind }))
    const sandbox = await start({ fault: () => faults.shift() })
    await expect(clientOf(sandbox).customers.create({})).rejects.toEqual(
      kind === 'bad_gateway'
        ? expect.any(Stripe.errors.StripeAPIError)
        : expect.any(Stripe.errors.StripeConnectionError),
    )
    expect(sandbox.inspect().customers).toHaveLength(customers)
  })
})

describe('webhooks of the Stripe sandbox', () => {
  async function receive(statusOf: (count: number) => number) {
    const received: { body: string; signature: string }[] = []
    const server: Server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        received.push({ body, signature: String(request.headers['stripe-signature']) })
        response.writeHead(statusOf(received.length)).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    fixture.onEnd(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return { received, url }
  }

  it('are signed and sent again until they are answered with 2xx', async () => {
    const { received, url } = await receive((count) => (count < 3 ? 500 : 204))
    const sandbox = await start({ webhook: { url, secret: 'whsec_test' } })
    const stripe = clientOf(sandbox)
    await stripe.customers.create({})
    await vi.waitUntil(() => sandbox.inspect().events.every(({ pending_webhooks }) => pending_webhooks === 0))
    expect(received).toHaveLength(3)
    for (const { body, signature } of received) {
      expect(stripe.webhooks.constructEvent(body, signature, 'whsec_test').type).toBe('customer.created')
    }
  })

  it('that nobody took are sent after a restart, to the endpoint set then', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stripe-sandbox-'))
    fixture.onEnd(() => rmSync(folder, { recursive: true }))
    const stateFile = path.join(folder, 'state.json')
    const deaf = await receive(() => 503)
    const first = await start({ stateFile, webhook: { url: deaf.url, secret: 'whsec_a' } })
    const customer = await clientOf(first).customers.create(
      { email: 'kept@example.com' },
      { idempotencyKey: 'k' },
    )
    await first.close()

    const { received, url } = await receive(() => 200)
    const second = await start({ stateFile })
    second.setWebhook({ url, secret: 'whsec_b' })
    await vi.waitUntil(() => received.length === 1)
    const stripe = clientOf(second)
    expect((await stripe.customers.create({ email: 'kept@example.com' }, { idempotencyKey: 'k' })).id).toBe(
      customer.id,
    )
    expect((await stripe.events.list()).data.map(({ type }) => type)).toEqual(['customer.created'])
  })
})

describe('the page of the Stripe sandbox', () => {
  it('says that it is a stand-in and escapes what it lists', async () => {
    const sandbox = await start()
    await clientOf(sandbox).customers.create({ name: '<script>alert(1)</script>' })
    const response = await fetch(sandbox.url)
    const page = await response.text()
    expect(response.headers.get('stripe-sandbox')).toBe('stand-in for Stripe; no money moves')
    expect(page).toContain('This is a stand-in for Stripe; no money moves.')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).not.toContain('<script>')
  })
})
