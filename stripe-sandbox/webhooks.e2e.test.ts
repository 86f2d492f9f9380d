import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { StripeSandbox } from './index.ts'
import { refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

type Received = { readonly body: string; readonly signature: string }

async function aReceiver(
  statusOf: (count: number) => number = () => 200,
  before: (count: number) => Promise<unknown> = () => Promise.resolve(),
) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ body, signature: String(request.headers['stripe-signature']) })
      const count = received.length
      void before(count).then(() => response.writeHead(statusOf(count)).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fixture.onEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

const emails = (received: readonly Received[]) =>
  received.map(({ body }) => (JSON.parse(body) as { data: { object: { email: string } } }).data.object.email)

async function makeCustomers(stripe: Stripe, count: number): Promise<string[]> {
  const made: string[] = []
  for (let index = 0; index < count; index += 1) {
    made.push((await stripe.customers.create({ email: `${index}@example.com` })).email ?? '')
  }
  return made
}

/** Timers run on the real clock, so that late deliveries arrive by themselves. */
const realClock = { clock: { now: () => Date.now() } }

const isSettled = (sandbox: StripeSandbox) =>
  sandbox.inspect().deliveries.every(({ state }) => state === 'delivered' || state === 'lost')

describe('webhook endpoints', () => {
  it('get the types that they want, signed with the secret that was shown once', async () => {
    const { sandbox, stripe } = await fixture.start()
    const all = await aReceiver()
    const some = await aReceiver()
    const first = await stripe.webhookEndpoints.create({ url: all.url, enabled_events: ['*'] })
    const second = await stripe.webhookEndpoints.create({
      url: some.url,
      enabled_events: ['customer.updated'],
      api_version: '2026-10-28.endive',
    })
    expect([first.secret?.startsWith('whsec_'), first.status, second.api_version]).toEqual([
      true,
      'enabled',
      '2026-10-28.endive',
    ])
    const { data } = await stripe.webhookEndpoints.list()
    expect(data.map(({ id, secret }) => [id, secret])).toEqual([
      [second.id, undefined],
      [first.id, undefined],
    ])
    const customer = await stripe.customers.create({ email: 'a@example.com' })
    await stripe.customers.update(customer.id, { email: 'b@example.com' })
    await vi.waitUntil(() => isSettled(sandbox))
    expect([emails(all.received).sort(), emails(some.received)]).toEqual([
      ['a@example.com', 'b@example.com'],
      ['b@example.com'],
    ])
    const { body, signature } = some.received[0] ?? { body: '', signature: '' }
    const parse = (secret: string | undefined) =>
      stripe.webhooks.constructEvent(body, signature, secret ?? '', Number.MAX_SAFE_INTEGER)
    expect(parse(second.secret).type).toBe('customer.updated')
    expect(() => parse(first.secret)).toThrow('signature')
    await stripe.webhookEndpoints.del(second.id)
    await stripe.customers.update(customer.id, { email: 'c@example.com' })
    await vi.waitUntil(() => isSettled(sandbox))
    expect(some.received).toHaveLength(1)
    await expect(stripe.webhookEndpoints.retrieve(second.id)).rejects.toEqual(
      refusal(404, 'resource_missing'),
    )
  })

  it('are refused with no URL, no types, or another API version', async () => {
    const { stripe } = await fixture.start()
    for (const wrong of [
      { url: 'example.com', enabled_events: ['*' as const] },
      { url: 'https://example.com', enabled_events: ['Not a type' as '*'] },
      { url: 'https://example.com', enabled_events: ['*' as const], api_version: '2020-08-27' as const },
    ]) {
      await expect(stripe.webhookEndpoints.create(wrong)).rejects.toEqual(refusal(400))
    }
  })

  it('sign with both secrets while one is rolled, and with the new one alone later', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { received, url } = await aReceiver()
    const { id, secret = '' } = await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] })
    const fresh = sandbox.rollSecret(id, 60_000)
    await makeCustomers(stripe, 1)
    await vi.waitUntil(() => received.length === 1)
    sandbox.advance(60_000)
    await makeCustomers(stripe, 1)
    await vi.waitUntil(() => received.length === 2)
    const accepts = ({ body, signature }: Received, candidate: string) => {
      try {
        stripe.webhooks.constructEvent(body, signature, candidate, Number.MAX_SAFE_INTEGER)
        return true
      } catch {
        return false
      }
    }
    expect(received.map((delivery) => [accepts(delivery, secret), accepts(delivery, fresh)])).toEqual([
      [true, true],
      [false, true],
    ])
  })

  it('are tried again when the clock is moved, and pending events are counted', async () => {
    const { sandbox, stripe } = await fixture.start({ webhookRetryMs: 3_600_000 })
    const { received, url } = await aReceiver((count) => (count < 2 ? 500 : 200))
    await stripe.webhookEndpoints.create({ url, enabled_events: ['*'] })
    await makeCustomers(stripe, 1)
    await vi.waitUntil(() => sandbox.inspect().deliveries[0]?.lastStatus === 500)
    expect(sandbox.inspect().events.map(({ pending_webhooks }) => pending_webhooks)).toEqual([1])
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1)
    sandbox.advance(3_600_000)
    await vi.waitUntil(() => received.length === 2 && isSettled(sandbox))
    expect(sandbox.inspect().events.map(({ pending_webhooks }) => pending_webhooks)).toEqual([0])
    expect(sandbox.inspect().deliveries.map(({ attempts, state }) => [attempts, state])).toEqual([
      [2, 'delivered'],
    ])
  })
})

describe('disturbed deliveries', () => {
  it('arrive twice', async () => {
    const { received, url } = await aReceiver()
    const { sandbox, stripe } = await fixture.start({
      webhook: { url, secret: 'whsec_a' },
      deliveries: { seed: 1, duplicate: 1 },
    })
    const made = await makeCustomers(stripe, 3)
    await vi.waitUntil(() => received.length === 6 && isSettled(sandbox))
    expect(emails(received).sort()).toEqual([...made, ...made].sort())
  })

  it('stay delivered when the second copy is not taken', async () => {
    const first = Promise.withResolvers<undefined>()
    const { received, url } = await aReceiver(
      (count) => (count === 1 ? 200 : 500),
      (count) => (count === 1 ? Promise.resolve() : first.promise),
    )
    const { sandbox, stripe } = await fixture.start({
      webhook: { url, secret: 'whsec_a' },
      deliveries: { seed: 1, duplicate: 1 },
    })
    await makeCustomers(stripe, 1)
    await vi.waitUntil(() => received.length === 2 && isSettled(sandbox))
    first.resolve(undefined)
    // The answer to the second copy comes well before those to ten more requests.
    const other = await fixture.start()
    await makeCustomers(other.stripe, 10)
    expect(sandbox.inspect().deliveries.map(({ state }) => state)).toEqual(['delivered'])
    expect(received).toHaveLength(2)
  })

  it('never arrive, and stay pending', async () => {
    const { received, url } = await aReceiver()
    const { sandbox, stripe } = await fixture.start({
      webhook: { url, secret: 'whsec_a' },
      deliveries: { seed: 1, lose: 0.5 },
    })
    await makeCustomers(stripe, 20)
    await vi.waitUntil(() => isSettled(sandbox))
    const lost = sandbox.inspect().deliveries.filter(({ state }) => state === 'lost')
    expect([lost.length > 0, lost.length < 20, received.length + lost.length]).toEqual([true, true, 20])
    expect(sandbox.inspect().events.filter(({ pending_webhooks }) => pending_webhooks === 1)).toHaveLength(
      lost.length,
    )
  })

  it('arrive in another order', async () => {
    const { received, url } = await aReceiver()
    const { stripe } = await fixture.start({
      ...realClock,
      webhook: { url, secret: 'whsec_a' },
      deliveries: { seed: 5, reorder: 0.5 },
    })
    const made = await makeCustomers(stripe, 12)
    await vi.waitUntil(() => received.length === 12)
    expect(emails(received).sort()).toEqual([...made].sort())
    expect(emails(received)).not.toEqual(made)
  })

  it('arrive late, but arrive', async () => {
    const { received, url } = await aReceiver()
    const { sandbox, stripe } = await fixture.start({
      webhook: { url, secret: 'whsec_a' },
      deliveries: { seed: 1, delayMs: 3_600_000 },
    })
    await makeCustomers(stripe, 5)
    expect(received).toEqual([])
    sandbox.advance(3_600_000)
    await vi.waitUntil(() => received.length === 5 && isSettled(sandbox))
    expect(emails(received)).toHaveLength(5)
  })
})

describe('events', () => {
  it('are there for thirty days, in the list and by their id', async () => {
    const { sandbox, stripe } = await fixture.start()
    await stripe.customers.create({})
    const [event] = (await stripe.events.list()).data
    sandbox.advance(30 * 86_400_000 - 1_000)
    await stripe.customers.create({})
    expect((await stripe.events.retrieve(event?.id ?? '')).created).toBe(startMs / 1000)
    expect((await stripe.events.list()).data).toHaveLength(2)
    sandbox.advance(1_000)
    await expect(stripe.events.retrieve(event?.id ?? '')).rejects.toEqual(refusal(404, 'resource_missing'))
    expect((await stripe.events.list()).data).toHaveLength(1)
  })
})

describe('lists of events', () => {
  it('filter by types and by whether they were delivered', async () => {
    const { stripe } = await fixture.start()
    const { id } = await stripe.customers.create({})
    await stripe.customers.update(id, { name: 'x' })
    await stripe.customers.del(id)
    const typesOf = async (parameters: Stripe.EventListParams) =>
      (await stripe.events.list(parameters)).data.map(({ type }) => type)
    expect(await typesOf({ types: ['customer.created', 'customer.deleted'] })).toEqual([
      'customer.deleted',
      'customer.created',
    ])
    expect(await typesOf({ type: 'customer.updated' })).toEqual(['customer.updated'])
    expect(await typesOf({ type: 'customer.*' })).toHaveLength(3)
    await expect(stripe.events.list({ type: 'a', types: ['b'] })).rejects.toEqual(
      refusal(400, 'parameters_exclusive'),
    )
  })
})
