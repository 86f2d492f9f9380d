import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createApiHarness, OWN_KEY } from '../testing/api-harness.ts'
import { openWorld, WORLD_NOW, type World, type WorldKey } from '../testing/world-harness.ts'

let world: World
let parked: string
beforeAll(async () => {
  world = await openWorld()
  await world.saveCard(world.ids.site)
})
afterAll(() => world.close())

async function codeOf(method: 'GET' | 'POST' | 'PUT', url: string, key: WorldKey, payload?: object) {
  const answer = await world.send(method, url, { key, ...(payload !== undefined && { payload }) })
  return answer.statusCode < 400 ? answer.statusCode : answer.json<{ code: string }>().code
}

describe('what became of an invoice at Stripe', () => {
  it('is said in one form before the invoice is there', async () => {
    const answer = await world.send('GET', `/v1/invoices/${world.ids.invoice}/collection`, { key: 'site' })
    expect(answer.json()).toEqual({
      status: 'not_at_stripe',
      currency: 'EUR',
      collected: '0.00',
      collectedMinor: '0',
      refunded: '0.00',
      refundedMinor: '0',
      remaining: '0.00',
      remainingMinor: '0',
      attemptCount: 0,
      nextAttemptAt: null,
      isProcessing: false,
      problem: null,
      dispute: null,
      disputed: '0.00',
      disputedMinor: '0',
      payUrl: null,
      refunds: [],
      nextAction: 'none',
      checkedAt: null,
    })
  })

  it('is said with what failed and what to do', async () => {
    parked = await world.failAtStripe(world.ids.invoice)
    const answer = await world.send('GET', `/v1/invoices/${world.ids.invoice}/collection`, { key: 'site' })
    expect(answer.json()).toMatchObject({
      status: 'open',
      remaining: '4.90',
      remainingMinor: '490',
      attemptCount: 1,
      nextAttemptAt: '2026-11-23T12:00:00.000Z',
      problem: { kind: 'failed', code: 'insufficient_funds' },
      payUrl: 'https://invoice.stripe.com/i/acct_1/test_1',
      nextAction: 'pay',
    })
  })

  it('is for the customer of the invoice, and for nobody beside the manufacturer (I12)', async () => {
    const url = `/v1/invoices/${world.ids.invoice}/collection`
    expect(await codeOf('GET', url, 'crew')).toBe('invoice_not_found')
    expect(await codeOf('GET', url, 'foreign')).toBe('invoice_not_found')
  })
})

describe('the push of an invoice', () => {
  it('is shown to the manufacturer with each step', async () => {
    const answer = await world.send('GET', `/v1/invoices/${world.ids.invoice}/push`)
    expect(answer.json()).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ id: parked, step: 'create_invoice', state: 'parked' }),
      ]),
      dashboardUrl: null,
    })
  })

  it('says what is in the way as a sentence, and as a code with facts for other languages', async () => {
    const reason = {
      code: 'refused_with_code',
      facts: { stripeCode: 'customer_tax_location_invalid', stripeMessage: 'The customer has no address.' },
    }
    const answer = await world.send('GET', '/v1/stripe/parked')
    expect(answer.json()).toMatchObject({
      items: [
        {
          problem:
            'Stripe refused the document (customer_tax_location_invalid): The customer has no address.',
          problemReason: reason,
        },
      ],
    })
  })

  it('is nothing for a customer, and absent for another manufacturer (I12)', async () => {
    const url = `/v1/invoices/${world.ids.invoice}/push`
    expect(await codeOf('GET', url, 'site')).toBe('access_denied')
    expect(await codeOf('GET', url, 'foreign')).toBe('invoice_not_found')
    expect(await codeOf('POST', `/v1/stripe/steps/${parked}/retry`, 'foreign')).toBe('stripe_step_not_found')
  })

  it('lists what is parked, page by page', async () => {
    const all = (await world.send('GET', '/v1/stripe/parked')).json()
    expect(all).toMatchObject({ items: [{ id: parked, invoiceId: world.ids.invoice }], nextAfter: null })
    const foreign = (await world.send('GET', '/v1/stripe/parked', { key: 'foreign' })).json()
    expect(foreign).toEqual({ items: [], nextAfter: null })
    expect(await codeOf('GET', '/v1/stripe/parked?after=1', 'admin')).toBe('cursor_invalid')
  })
})

describe('what stayed in an account that is not connected any more', () => {
  it('is listed to the manufacturer alone, page by page (I12)', async () => {
    await world.leaveAtStripe(world.ids.invoice)
    const url = '/v1/stripe/left-invoices'
    expect((await world.send('GET', url)).json()).toEqual({
      items: [
        {
          invoiceId: world.ids.invoice,
          number: 'NORD-000001',
          stripeInvoiceId: 'in_1',
          accountId: 'acct_1',
          mode: 'test',
          status: 'open',
          leftAt: WORLD_NOW,
          dashboardUrl: 'https://dashboard.stripe.com/acct_1/test/invoices/in_1',
        },
      ],
      nextAfter: null,
    })
    expect((await world.send('GET', url, { key: 'foreign' })).json()).toEqual({ items: [], nextAfter: null })
    expect(await codeOf('GET', url, 'site')).toBe('access_denied')
    expect(await codeOf('GET', `${url}?after=inv_1`, 'admin')).toBe('cursor_invalid')
  })
})

describe('the payment method of a customer', () => {
  it('is shown so that a person knows it again, and the id at Stripe to the manufacturer alone', async () => {
    const shown = {
      collectionMethod: 'charge_automatically',
      canSave: false,
      paymentMethod: { kind: 'card', brand: 'visa', last4: '0341', expiresOn: '2027-04' },
    }
    const url = `/v1/customers/${world.ids.site}/payment`
    expect((await world.send('GET', url, { key: 'site' })).json()).toEqual({
      ...shown,
      stripeCustomerId: null,
    })
    expect((await world.send('GET', url)).json()).toEqual({ ...shown, stripeCustomerId: 'cus_1' })
    expect(await codeOf('GET', url, 'crew')).toBe('customer_not_found')
  })

  it.each(['payment-setup', 'payment-portal'])('%s leads back to this server alone', async (page) => {
    const url = `/v1/customers/${world.ids.site}/${page}`
    const elsewhere = [
      'https://evil.test/app',
      '//evil.test/app',
      '/\\evil.test/app',
      '/\t/evil.test',
      '\\\\evil.test',
      'app/payment',
      '',
    ]
    for (const returnPath of elsewhere) {
      expect([returnPath, await codeOf('POST', url, 'site', { returnPath })]).toEqual([
        returnPath,
        'request_invalid',
      ])
    }
    expect(await codeOf('POST', url, 'site', { returnPath: '/app/bills/inv_1?from=stripe' })).toBe(200)
  })

  it('is changed by owners of the customer, not by its other people or for somebody else', async () => {
    const body = { returnPath: '/app/payment' }
    expect(await codeOf('POST', `/v1/customers/${world.ids.crew}/payment-setup`, 'crew', body)).toBe(
      'access_denied',
    )
    expect(await codeOf('POST', `/v1/customers/${world.ids.crew}/payment-setup`, 'site', body)).toBe(
      'customer_not_found',
    )
  })

  it('is of the customer at Stripe that the manufacturer names', async () => {
    const url = `/v1/customers/${world.ids.site}/stripe-customer`
    const linked = await world.send('PUT', url, { payload: { stripeCustomerId: 'cus_Other' } })
    expect(linked.json()).toMatchObject({ stripeCustomerId: 'cus_Other' })
    expect(await codeOf('PUT', url, 'site', { stripeCustomerId: 'cus_Other' })).toBe('access_denied')
  })
})

it('a customer is charged automatically unless an invoice is to be sent', async () => {
  const url = `/v1/customers/${world.ids.site}`
  const before = await world.send('GET', url)
  expect(before.json()).toMatchObject({ collectionMethod: 'charge_automatically' })
  await world.newChanges()
  const changed = await world.send('PATCH', url, {
    payload: { collectionMethod: 'send_invoice' },
    headers: { 'if-match': String(before.headers.etag) },
  })
  expect(changed.json()).toMatchObject({ collectionMethod: 'send_invoice' })
  expect(changed.headers.etag).not.toBe(before.headers.etag)
  expect(await world.newChanges()).toEqual(['customer.changed by manufacturer_admin'])
  const payment = await world.send('GET', `${url}/payment`)
  expect(payment.json()).toMatchObject({ collectionMethod: 'send_invoice' })
})

it('an installation where nothing goes to Stripe says so', async () => {
  const api = await createApiHarness()
  for (const url of ['/v1/stripe/parked', '/v1/customers/cust_1/payment', '/v1/invoices/inv_1/collection']) {
    const answer = await api.get(url, OWN_KEY)
    expect([answer.statusCode, answer.json().code]).toEqual([412, 'stripe_not_configured'])
  }
})
