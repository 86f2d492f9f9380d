import { afterEach, describe, expect, it } from 'vitest'
import { aDraft, customerOf, refusal, sandboxFixture } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

describe('a customer in the Stripe sandbox', () => {
  it('has what it was created with and is updated member by member', async () => {
    const { stripe } = await fixture.start()
    const created = await stripe.customers.create({
      name: 'Drill & Co',
      email: 'pay@example.com',
      phone: '+49 30 1234',
      address: { line1: 'Hauptstr. 1', city: 'Berlin', postal_code: '10115', country: 'DE' },
      tax_exempt: 'reverse',
      preferred_locales: ['de', 'en'],
      metadata: { contract: '1', kind: 'test' },
    })
    expect(created).toMatchObject({
      name: 'Drill & Co',
      phone: '+49 30 1234',
      address: {
        line1: 'Hauptstr. 1',
        line2: null,
        city: 'Berlin',
        postal_code: '10115',
        state: null,
        country: 'DE',
      },
      tax_exempt: 'reverse',
      preferred_locales: ['de', 'en'],
      balance: 0,
      livemode: false,
    })
    const updated = await stripe.customers.update(created.id, {
      phone: '',
      metadata: { kind: '', place: 'x' },
    })
    expect([updated.name, updated.phone, updated.metadata]).toEqual([
      'Drill & Co',
      null,
      { contract: '1', place: 'x' },
    ])
    expect((await stripe.customers.update(created.id, { metadata: '' })).metadata).toEqual({})
    expect((await stripe.customers.list({ email: 'pay@example.com' })).data.map(({ id }) => id)).toEqual([
      created.id,
    ])
    await stripe.customers.update(created.id, { email: 'other@example.com' })
    expect((await stripe.customers.list({ email: 'pay@example.com' })).data).toEqual([])
  })

  it('answers that it is deleted, keeps its invoices and gets no new ones', async () => {
    const { stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500], { email: 'gone@example.com' })
    const customer = customerOf(draft)
    expect(await stripe.customers.del(customer)).toMatchObject({ id: customer, deleted: true })
    const { lastResponse: _, ...shown } = await stripe.customers.retrieve(customer)
    expect(shown).toEqual({ id: customer, object: 'customer', deleted: true })
    expect((await stripe.customers.list()).data).toEqual([])
    expect((await stripe.customers.list({ email: 'gone@example.com' })).data).toEqual([])
    expect((await stripe.invoices.list({ customer })).data.map(({ id }) => id)).toEqual([draft.id])
    const expanded = await stripe.invoices.retrieve(draft.id, { expand: ['customer'] })
    expect(expanded.customer).toEqual(shown)
    const missing = refusal(400, 'resource_missing')
    await expect(stripe.invoices.create({ customer })).rejects.toEqual(missing)
    await expect(stripe.customers.update(customer, { name: 'x' })).rejects.toEqual(
      refusal(404, 'resource_missing'),
    )
    await expect(stripe.customers.del(customer)).rejects.toEqual(refusal(404, 'resource_missing'))
  })
})

describe('tax ids', () => {
  it.each([
    ['eu_vat', 'DE123456789', true],
    ['eu_vat', 'DE12345678', false],
    ['eu_vat', 'ATU12345678', true],
    ['eu_vat', 'NL123456789B01', true],
    ['eu_vat', 'US123456789', false],
    ['eu_vat', 'FRAB123456789', true],
    ['gb_vat', 'GB123456789', true],
    ['gb_vat', '123456789', false],
    ['ch_vat', 'CHE-123.456.789 MWST', true],
    ['ch_vat', 'CHE-123.456.789', false],
    ['us_ein', 'anything', true],
  ] as const)('%s %s', async (type, value, isTaken) => {
    const { stripe } = await fixture.start()
    const create = stripe.customers.create({ tax_id_data: [{ type, value }] })
    if (!isTaken) return expect(create).rejects.toEqual(refusal(400, 'tax_id_invalid'))
    const { data } = await stripe.customers.listTaxIds((await create).id)
    expect(data.map((taxId) => [taxId.type, taxId.value, taxId.verification?.status])).toEqual([
      [type, value, 'pending'],
    ])
  })

  it('are created and deleted under their customer, and stand on its invoices', async () => {
    const { stripe } = await fixture.start()
    const { id } = await stripe.customers.create({})
    const taxId = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' })
    expect([taxId.country, taxId.customer]).toEqual(['DE', id])
    const draft = await stripe.invoices.create({ customer: id })
    expect(draft.customer_tax_ids).toEqual([{ type: 'eu_vat', value: 'DE123456789' }])
    expect((await stripe.customers.retrieveTaxId(id, taxId.id)).value).toBe('DE123456789')
    await stripe.customers.deleteTaxId(id, taxId.id)
    expect((await stripe.customers.listTaxIds(id)).data).toEqual([])
    await expect(stripe.customers.deleteTaxId(id, taxId.id)).rejects.toEqual(refusal(404, 'resource_missing'))
    expect((await stripe.invoices.finalizeInvoice(draft.id)).customer_tax_ids).toEqual([])
  })
})

describe('what a customer refers to', () => {
  it('is shown whole when it is asked for', async () => {
    const { stripe } = await fixture.start()
    const { id } = await stripe.customers.create({ tax_id_data: [{ type: 'eu_vat', value: 'DE123456789' }] })
    const expand = ['tax_ids', 'invoice_settings.default_payment_method']
    expect(await stripe.customers.retrieve(id, { expand })).toMatchObject({
      tax_ids: { data: [{ value: 'DE123456789' }] },
      invoice_settings: { default_payment_method: { card: { last4: '4242' } } },
    })
    await expect(stripe.customers.retrieve(id, { expand: ['sources'] })).rejects.toEqual(refusal(400))
  })
})

describe('the balance of a customer', () => {
  it('is changed by transactions, each of which says what it led to', async () => {
    const { stripe } = await fixture.start()
    const { id } = await stripe.customers.create({})
    const first = await stripe.customers.createBalanceTransaction(id, {
      amount: -500,
      currency: 'eur',
      description: 'goodwill',
      metadata: { ticket: '7' },
    })
    expect(first).toMatchObject({
      amount: -500,
      ending_balance: -500,
      currency: 'eur',
      type: 'adjustment',
      description: 'goodwill',
      metadata: { ticket: '7' },
    })
    await stripe.customers.createBalanceTransaction(id, { amount: 200, currency: 'eur' })
    await stripe.customers.createBalanceTransaction(id, { amount: 90, currency: 'usd' })
    const customer = await stripe.customers.retrieve(id)
    expect(customer).toMatchObject({ currency: 'eur', balance: -300 })
    expect(Object.hasOwn(customer, 'invoice_credit_balance')).toBe(false)
    const { data } = await stripe.customers.listBalanceTransactions(id, { limit: 2 })
    expect(data.map(({ amount, currency }) => [amount, currency])).toEqual([
      [90, 'usd'],
      [200, 'eur'],
    ])
    expect((await stripe.customers.retrieveBalanceTransaction(id, first.id)).amount).toBe(-500)
  })

  it('is by currency a credit when it is above zero, the other way round than the balance itself', async () => {
    const { stripe } = await fixture.start()
    const { id } = await stripe.customers.create({})
    await stripe.customers.createBalanceTransaction(id, { amount: -300, currency: 'eur' })
    await stripe.customers.createBalanceTransaction(id, { amount: 90, currency: 'usd' })
    await stripe.customers.createBalanceTransaction(id, { amount: 5, currency: 'gbp' })
    await stripe.customers.createBalanceTransaction(id, { amount: -5, currency: 'gbp' })
    expect(await stripe.customers.retrieve(id, { expand: ['invoice_credit_balance'] })).toMatchObject({
      balance: -300,
      invoice_credit_balance: { eur: 300, usd: -90, gbp: 0 },
    })
  })
})
