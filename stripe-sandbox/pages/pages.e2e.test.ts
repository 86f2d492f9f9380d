import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import type { StripeSandbox } from '../index.ts'
import { aDraft, apiKey, customerOf, sandboxFixture } from '../sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

async function visit(url: string) {
  const response = await fetch(url, { redirect: 'manual' })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

/** Sends a form as a browser does and says where it leads, relative to the sandbox. */
async function submit(sandbox: StripeSandbox, path: string, fields: Record<string, string>) {
  const response = await fetch(new URL(path, sandbox.url), {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
  return { status: response.status, leadsTo: response.headers.get('location'), text: await response.text() }
}

const typesOf = (sandbox: StripeSandbox, beginning: string) =>
  sandbox
    .inspect()
    .events.map(({ type }) => type)
    .filter((type) => type.startsWith(beginning))

describe('the Checkout page', () => {
  async function aSession() {
    const { sandbox, stripe } = await fixture.start({ newCustomersPay: false })
    const { id: customer } = await stripe.customers.create({ name: 'Drill & Co' })
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      customer,
      currency: 'eur',
      success_url: 'https://shop.example/done?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://shop.example/back',
      locale: 'de',
      allowed_payment_method_types: ['card'],
    })
    return { sandbox, stripe, session, customer, path: new URL(session.url ?? '').pathname }
  }

  it('saves a card, completes the session and leads back', async () => {
    const { sandbox, stripe, session, customer, path } = await aSession()
    expect([session.status, session.mode, session.payment_status]).toEqual([
      'open',
      'setup',
      'no_payment_required',
    ])
    const page = await visit(session.url ?? '')
    expect(page.text).toContain('This is a stand-in for Stripe; no money moves.')
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self' https:\/\/shop\.example; base-uri 'none'; frame-ancestors 'none'$/,
    )
    const sent = await submit(sandbox, path, { card: '4242 4242 4242 4242' })
    expect([sent.status, sent.leadsTo]).toEqual([303, `https://shop.example/done?session=${session.id}`])
    const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ['setup_intent'] })
    expect(complete).toMatchObject({
      status: 'complete',
      url: null,
      setup_intent: { status: 'succeeded', customer },
    })
    const { data } = await stripe.customers.listPaymentMethods(customer)
    expect(data.map(({ card }) => card?.last4)).toEqual(['4242'])
    expect(typesOf(sandbox, 'setup_intent')).toEqual(['setup_intent.created', 'setup_intent.succeeded'])
    expect(typesOf(sandbox, 'checkout')).toEqual(['checkout.session.completed'])
    expect((await visit(`${sandbox.url}${path}`)).text).toContain('It was saved already.')
  })

  it('asks the bank’s question for a card that wants it', async () => {
    const { sandbox, stripe, path } = await aSession()
    const asked = await submit(sandbox, path, { card: '4000002500003155' })
    expect(asked.leadsTo).toBe(`${path}/bank`)
    expect((await visit(`${sandbox.url}${path}/bank`)).text).toContain('Confirm with your bank')
    const no = await submit(sandbox, `${path}/bank`, { answer: 'no' })
    expect([no.status, no.text.includes('Your card was declined')]).toEqual([402, true])
    const intent = await stripe.setupIntents.retrieve(sandbox.inspect().setupIntents[0]?.id ?? '')
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'setup_intent_authentication_failure' },
    })
    await submit(sandbox, path, { card: '4000002500003155' })
    expect((await submit(sandbox, `${path}/bank`, { answer: 'yes' })).leadsTo).toContain(
      'https://shop.example/done',
    )
  })

  it('says so when a card is declined or is no test card', async () => {
    const { sandbox, path } = await aSession()
    for (const [card, sentence] of [
      ['4000000000000002', 'Your card was declined.'],
      ['1234', 'This is not one of the test cards below.'],
    ] as const) {
      const { status, text } = await submit(sandbox, path, { card })
      expect([status, text.includes(sentence), text.includes('role="alert"')]).toEqual([402, true, true])
    }
    expect(typesOf(sandbox, 'setup_intent.setup')).toEqual(['setup_intent.setup_failed'])
  })

  it('is over when the session expired, by a call or after a day', async () => {
    const first = await aSession()
    await first.stripe.checkout.sessions.expire(first.session.id)
    expect((await visit(`${first.sandbox.url}${first.path}`)).status).toBe(410)
    const second = await aSession()
    second.sandbox.advance(86_400_000)
    expect((await second.stripe.checkout.sessions.retrieve(second.session.id)).status).toBe('expired')
    expect(typesOf(second.sandbox, 'checkout')).toEqual(['checkout.session.expired'])
    expect((await submit(second.sandbox, second.path, { card: '4242424242424242' })).status).toBe(410)
  })

  it.each([
    ['4000000000000341', 402],
    ['4000002760003184', 402],
    ['4242424242424242', undefined],
  ])('saves %s, which does later what it is for', async (card, status) => {
    const { sandbox, stripe, customer, path } = await aSession()
    await submit(sandbox, path, { card })
    const { data } = await stripe.customers.listPaymentMethods(customer)
    await stripe.customers.update(customer, {
      invoice_settings: { default_payment_method: data[0]?.id ?? '' },
    })
    const draft = await stripe.invoices.create({ customer, currency: 'eur' })
    await stripe.invoices.addLines(draft.id, { lines: [{ amount: 500 }] })
    await stripe.invoices.finalizeInvoice(draft.id)
    const pay = stripe.invoices.pay(draft.id)
    if (status === undefined) expect((await pay).status).toBe('paid')
    else await expect(pay).rejects.toMatchObject({ statusCode: status })
  })
})

describe('the customer portal', () => {
  async function aPortal(flow?: Stripe.BillingPortal.SessionCreateParams.FlowData) {
    const { sandbox, stripe } = await fixture.start()
    const draft = await aDraft(stripe, [17_850], { name: '<b>Drill & Co</b>' })
    await stripe.invoices.finalizeInvoice(draft.id)
    const customer = customerOf(draft)
    const session = await stripe.billingPortal.sessions.create({
      customer,
      return_url: 'https://shop.example/account',
      ...(flow === undefined ? {} : { flow_data: flow }),
    })
    const standard = async () => {
      const kept = await stripe.customers.retrieve(customer)
      return kept.deleted === true ? null : kept.invoice_settings.default_payment_method
    }
    const cards = async () => (await stripe.customers.listPaymentMethods(customer)).data
    return {
      sandbox,
      stripe,
      session,
      standard,
      cards,
      path: new URL(session.url).pathname,
      invoice: draft.id,
    }
  }

  it('lists cards and invoices, and escapes what it shows', async () => {
    const { session, invoice } = await aPortal()
    const { text } = await visit(session.url)
    expect(text).toContain('&lt;b&gt;Drill &amp; Co&lt;/b&gt;')
    expect(text).not.toContain('<b>Drill')
    expect(text).toContain('visa ending in 4242')
    expect(text).toContain('EUR 178.50')
    expect(text).toContain(`/i/${invoice}`)
    expect(text).toContain('https://shop.example/account')
  })

  it('adds a card, makes one the default and takes one away', async () => {
    const { sandbox, path, cards, standard } = await aPortal()
    const before = await standard()
    await submit(sandbox, `${path}/add`, { card: '5555555555554444' })
    const [added, first] = await cards()
    expect([added?.card?.last4, first?.id, await standard()]).toEqual(['4444', before, before])
    await submit(sandbox, `${path}/default`, { card: added?.id ?? '' })
    expect(await standard()).toBe(added?.id)
    await submit(sandbox, `${path}/remove`, { card: first?.id ?? '' })
    expect((await cards()).map(({ id }) => id)).toEqual([added?.id])
    expect((await submit(sandbox, `${path}/remove`, { card: 'pm_of_somebody_else' })).status).toBe(404)
  })

  it('makes a new card the default in the flow payment_method_update, also after the bank’s question', async () => {
    const { sandbox, path, cards, standard } = await aPortal({ type: 'payment_method_update' })
    const asked = await submit(sandbox, `${path}/add`, { card: '4000002500003155' })
    await submit(sandbox, asked.leadsTo ?? '', { answer: 'yes' })
    const [added] = await cards()
    expect([added?.card?.last4, await standard()]).toEqual(['3155', added?.id])
  })

  it('is not there for a session that does not exist', async () => {
    const { sandbox } = await aPortal()
    expect((await visit(`${sandbox.url}/p/bps_nobody`)).status).toBe(404)
  })
})

describe('the page of an invoice', () => {
  async function anOpenInvoice() {
    const { sandbox, stripe } = await fixture.start({ newCustomersPay: false })
    const draft = await aDraft(stripe, [1_050])
    const { id, hosted_invoice_url } = await stripe.invoices.finalizeInvoice(draft.id)
    return { sandbox, stripe, id, url: hosted_invoice_url ?? '', path: `/i/${id}` }
  }

  it('shows the invoice and pays it with a card', async () => {
    const { sandbox, stripe, id, url, path } = await anOpenInvoice()
    expect((await visit(url)).text).toContain('Pay EUR 10.50')
    expect((await submit(sandbox, path, { card: '4242424242424242' })).leadsTo).toBe(path)
    expect((await stripe.invoices.retrieve(id)).status).toBe('paid')
    expect((await visit(url)).text).toContain('This invoice is paid since 2026-11-28 00:00 UTC.')
    await submit(sandbox, path, { card: '4242424242424242' })
    expect(sandbox.inspect().charges).toHaveLength(1)
  })

  it('shows that a card was declined', async () => {
    const { sandbox, stripe, id, path } = await anOpenInvoice()
    const { status, text } = await submit(sandbox, path, { card: '4000000000000341' })
    expect([status, text.includes('Your card was declined')]).toEqual([402, true])
    expect((await stripe.invoices.retrieve(id)).status).toBe('open')
    expect(typesOf(sandbox, 'invoice.payment')).toEqual(['invoice.payment_failed'])
  })

  it('asks the bank’s question, and takes yes and no', async () => {
    const { sandbox, stripe, id, path } = await anOpenInvoice()
    const ask = async () => (await submit(sandbox, path, { card: '4000002760003184' })).leadsTo
    expect(await ask()).toBe(`${path}/bank`)
    expect((await submit(sandbox, `${path}/bank`, { answer: 'no' })).text).toContain(
      'Your bank did not confirm',
    )
    expect((await stripe.invoices.retrieve(id)).status).toBe('open')
    await ask()
    expect((await submit(sandbox, `${path}/bank`, { answer: 'yes' })).leadsTo).toBe(path)
    expect((await stripe.invoices.retrieve(id)).status).toBe('paid')
  })

  it('is not there for a draft', async () => {
    const { sandbox, stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500])
    expect((await visit(`${sandbox.url}/i/${draft.id}`)).status).toBe(404)
  })
})

describe('the page of all objects', () => {
  it('links to each kind and each object, whose page shows its JSON', async () => {
    const { sandbox, stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500], { name: '<script>alert(1)</script>' })
    await stripe.invoices.finalizeInvoice(draft.id)
    await stripe.invoices.pay(draft.id)
    const { text } = await visit(`${sandbox.url}/`)
    for (const slug of ['invoices', 'customers', 'charges', 'payment-methods', 'events']) {
      expect(text).toContain(`/objects/${slug}`)
      expect((await visit(`${sandbox.url}/objects/${slug}`)).status).toBe(200)
    }
    const page = await visit(`${sandbox.url}/objects/customers/${customerOf(draft)}`)
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page.text).not.toContain('<script')
    expect((await visit(`${sandbox.url}/objects/customers/cus_nobody`)).status).toBe(404)
  })

  it('never shows the secret of a webhook endpoint', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { id, secret } = await stripe.webhookEndpoints.create({
      url: 'http://127.0.0.1:9/',
      enabled_events: ['*'],
    })
    expect((await visit(`${sandbox.url}/objects/webhook-endpoints/${id}`)).text).not.toContain(secret)
  })
})

describe('the controls', () => {
  async function press(
    sandbox: StripeSandbox,
    name: string,
    fields: Record<string, string>,
    headers: Record<string, string>,
  ) {
    const response = await fetch(`${sandbox.url}/_sandbox/${name}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers,
      redirect: 'manual',
    })
    return { status: response.status, text: await response.text() }
  }

  it('take the API key, pages of this server, and nobody else', async () => {
    const { sandbox } = await fixture.start()
    const move = async (headers: Record<string, string>) =>
      (await press(sandbox, 'advance', { ms: '1000' }, headers)).status
    expect(await move({})).toBe(403)
    expect(await move({ origin: 'https://evil.example' })).toBe(403)
    expect(await move({ authorization: 'Bearer sk_test_other' })).toBe(403)
    expect(await move({ origin: sandbox.url })).toBe(303)
    expect(await move({ authorization: `Bearer ${apiKey}` })).toBe(303)
  })

  it('move the clock, pay a part, dispute a charge, close the dispute', async () => {
    const { sandbox, stripe } = await fixture.start({ newCustomersPay: false })
    const key = { authorization: `Bearer ${apiKey}` }
    const draft = await aDraft(stripe, [1_000])
    await stripe.invoices.finalizeInvoice(draft.id)
    await press(sandbox, 'pay-partly', { invoice: draft.id, amount: '400' }, key)
    expect((await stripe.invoices.retrieve(draft.id)).amount_remaining).toBe(600)
    const tooMuch = await press(sandbox, 'pay-partly', { invoice: draft.id, amount: '601' }, key)
    expect([tooMuch.status, tooMuch.text.includes('Between 1 and 600 can be paid.')]).toEqual([400, true])
    const [charge] = sandbox.inspect().charges
    await press(sandbox, 'dispute', { charge: charge?.id ?? '' }, key)
    const [dispute] = sandbox.inspect().disputes
    await press(sandbox, 'close-dispute', { dispute: dispute?.id ?? '', result: 'won' }, key)
    expect(sandbox.inspect().disputes.map(({ status }) => status)).toEqual(['won'])
    await press(sandbox, 'advance', { hours: '24' }, key)
    const later = await stripe.customers.create({})
    expect(later.created - draft.created).toBe(86_400)
    for (const [name, fields] of [
      ['advance', { ms: 'soon' }],
      ['advance', { hours: '99999999999' }],
      ['close-dispute', { dispute: dispute?.id ?? '', result: 'both' }],
      ['dispute', { charge: 'ch_nobody' }],
      ['unknown', {}],
    ] as const) {
      expect((await press(sandbox, name, fields, key)).status).toBe(400)
    }
  })
})
