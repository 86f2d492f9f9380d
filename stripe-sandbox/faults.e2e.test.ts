import { Stripe } from 'stripe'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFaultPlan, type Fault } from './index.ts'
import { refusal, sandboxFixture } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

describe('faults of the Stripe sandbox', () => {
  it.each([
    ['hang_before', 0],
    ['hang_after', 1],
  ] as const)('%s answers never: the client gives up', async (kind, customers) => {
    const faults: Fault[] = [{ kind }]
    const { sandbox, stripe } = await fixture.start({ fault: () => faults.shift() })
    await expect(stripe.customers.create({}, { timeout: 200 })).rejects.toBeInstanceOf(
      Stripe.errors.StripeConnectionError,
    )
    const { customers: made, faults: happened } = sandbox.inspect()
    expect([made.length, happened.map((fault) => [fault.kind, fault.path])]).toEqual([
      customers,
      [[kind, '/v1/customers']],
    ])
  })

  it.each(['hang_before', 'hang_after'] as const)('%s answers after a time', async (kind) => {
    const faults: Fault[] = [{ kind, answersAfterMs: 20 }]
    const { stripe } = await fixture.start({ fault: () => faults.shift() })
    expect((await stripe.customers.create({})).object).toBe('customer')
  })

  it('hang_before has the key in use, so that a retry does not overtake the original', async () => {
    const faults: Fault[] = [{ kind: 'hang_before', answersAfterMs: 300 }]
    const { sandbox, stripe } = await fixture.start({ fault: () => faults.shift() })
    const create = () => stripe.customers.create({ name: 'one' }, { idempotencyKey: 'k' })
    const original = create()
    await vi.waitUntil(() => sandbox.inspect().faults.length === 1)
    await expect(create()).rejects.toEqual(refusal(409, 'idempotency_key_in_use'))
    expect((await original).lastResponse.headers['idempotent-replayed']).toBe(undefined)
    expect((await create()).id).toBe((await original).id)
    expect(sandbox.inspect().customers).toHaveLength(1)
  })

  it.each([
    ['rate_limit', false],
    ['rate_limit', true],
    ['lock_timeout', false],
    ['lock_timeout', true],
  ] as const)('%s is tried again by the SDK only when it is told to: %s', async (kind, shouldRetry) => {
    const faults: Fault[] = [{ kind, shouldRetry }]
    const { stripe } = await fixture.start({ fault: () => faults.shift() })
    const create = stripe.customers.create({}, { maxNetworkRetries: 1 })
    if (shouldRetry) expect((await create).object).toBe('customer')
    else await expect(create).rejects.toEqual(refusal(429, kind))
  })

  it('of a plan leave each customer made once when the same key is used until it answers', async () => {
    const timeout = 100
    const plan = createFaultPlan({ seed: 3, share: 0.5, clientTimeoutMs: timeout })
    const { sandbox, stripe } = await fixture.start({ fault: plan.next })
    const outcomes = new Set<string>()
    for (let index = 0; index < 40; index += 1) {
      const email = `${index}@example.com`
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const answer = await stripe.customers
          .create({ email }, { idempotencyKey: email, timeout })
          .catch((error: unknown) => (error instanceof Stripe.errors.StripeError ? error : undefined))
        outcomes.add(
          answer instanceof Stripe.errors.StripeError ? `${answer.type} ${answer.statusCode}` : 'made',
        )
        // A 500 that is kept under the key is answered for ever.
        if (answer instanceof Stripe.errors.StripeError && answer.statusCode !== 500) continue
        break
      }
    }
    const emails = sandbox.inspect().customers.map(({ email }) => email)
    expect(new Set(emails).size).toBe(emails.length)
    expect([...outcomes]).toEqual(expect.arrayContaining(['made', 'StripeAPIError 409']))
    expect(sandbox.inspect().faults.length).toBe(plan.describe().split('\n').length - 1)
  })
})

describe('rate limits of the Stripe sandbox', () => {
  it('refuse what is too much in a second, and count it', async () => {
    const { sandbox, stripe } = await fixture.start({ limits: { perEndpoint: 2, total: 3 } })
    await stripe.customers.create({})
    await stripe.customers.create({})
    await expect(stripe.customers.create({})).rejects.toEqual(refusal(429, 'rate_limit'))
    await stripe.customers.list()
    await expect(stripe.events.list()).rejects.toMatchObject({
      statusCode: 429,
      headers: { 'stripe-rate-limited-reason': 'global-rate' },
    })
    expect(sandbox.inspect().refusedByLimits).toBe(2)
    sandbox.advance(1_000)
    expect((await stripe.customers.create({})).object).toBe('customer')
  })
})

describe('idempotency keys', () => {
  it('are forgotten after 24 hours, and their answers dropped', async () => {
    const { sandbox, stripe } = await fixture.start()
    const create = () => stripe.customers.create({ email: 'a@example.com' }, { idempotencyKey: 'k' })
    const first = await create()
    sandbox.advance(86_399_999)
    expect((await create()).id).toBe(first.id)
    sandbox.advance(1)
    expect((await create()).id).not.toBe(first.id)
  })

  it('are not taken for another endpoint', async () => {
    const { stripe } = await fixture.start()
    const { id } = await stripe.customers.create({}, { idempotencyKey: 'k' })
    await expect(stripe.customers.update(id, {}, { idempotencyKey: 'k' })).rejects.toBeInstanceOf(
      Stripe.errors.StripeIdempotencyError,
    )
  })
})
