import { afterEach, describe, expect, it } from 'vitest'
import { aDraft, customerOf, refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const daySeconds = 86_400
const startSecond = startMs / 1000
const vat = { display_name: 'VAT', percentage: 19, inclusive: false, country: 'DE', tax_type: 'vat' as const }

describe('a draft in the Stripe sandbox', () => {
  it('has what it was created with and is updated until it is finalized', async () => {
    const { stripe } = await fixture.start()
    const customer = await stripe.customers.create({ name: 'Drill & Co', address: { country: 'DE' } })
    const draft = await stripe.invoices.create({
      customer: customer.id,
      currency: 'eur',
      number: 'ACME-000001',
      collection_method: 'send_invoice',
      days_until_due: 14,
      pending_invoice_items_behavior: 'exclude',
      description: 'October',
      footer: 'Thank you',
      metadata: { bill: '1', kind: 'usage' },
      custom_fields: [{ name: 'Order', value: '4711' }],
      payment_settings: { payment_method_types: ['card', 'sepa_debit'] },
    })
    expect(draft).toMatchObject({
      status: 'draft',
      due_date: startSecond + 14 * daySeconds,
      customer_name: 'Drill & Co',
      customer_address: { country: 'DE', city: null },
      custom_fields: [{ name: 'Order', value: '4711' }],
      payment_settings: { payment_method_types: ['card', 'sepa_debit'] },
      livemode: false,
    })
    const updated = await stripe.invoices.update(draft.id, {
      description: 'November',
      metadata: { kind: '', page: '2' },
    })
    expect([updated.description, updated.metadata, updated.footer]).toEqual([
      'November',
      { bill: '1', page: '2' },
      'Thank you',
    ])
    await stripe.invoices.addLines(draft.id, { lines: [{ amount: 100 }] })
    await stripe.invoices.finalizeInvoice(draft.id)
    await expect(stripe.invoices.update(draft.id, { description: 'December' })).rejects.toEqual(
      refusal(400, 'invoice_not_editable'),
    )
    const open = await stripe.invoices.update(draft.id, { auto_advance: true, metadata: { page: '3' } })
    expect([open.auto_advance, open.metadata]).toEqual([true, { bill: '1', page: '3' }])
  })

  it('is in the currency of its customer unless another is given, and in none that there is not', async () => {
    const { stripe } = await fixture.start()
    const { id: customer } = await stripe.customers.create({})
    await stripe.customers.createBalanceTransaction(customer, { amount: -100, currency: 'eur' })
    expect((await stripe.invoices.create({ customer })).currency).toBe('eur')
    expect((await stripe.invoices.create({ customer, currency: 'usd' })).currency).toBe('usd')
    await expect(stripe.invoices.create({ customer, currency: 'eux' })).rejects.toEqual(refusal(400))
  })

  it('needs a due date exactly when it is sent, and a number of at most 26 characters', async () => {
    const { stripe } = await fixture.start()
    const { id: customer } = await stripe.customers.create({})
    for (const wrong of [
      { collection_method: 'send_invoice' },
      { days_until_due: 14 },
      { collection_method: 'send_invoice', days_until_due: 14, due_date: startSecond },
      { number: 'A'.repeat(27) },
      { description: 'x'.repeat(501) },
      { custom_fields: Array.from({ length: 5 }, (_, index) => ({ name: `f${index}`, value: 'x' })) },
      { default_payment_method: 'pm_nobody' },
    ] as const) {
      await expect(stripe.invoices.create({ customer, ...wrong })).rejects.toEqual(refusal(400))
    }
  })

  it('is finalized by itself an hour after it was made with auto_advance', async () => {
    const { sandbox, stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500], {}, { auto_advance: true })
    expect(draft.automatically_finalizes_at).toBe(startSecond + 3_600)
    sandbox.advance(3_599_000)
    expect((await stripe.invoices.retrieve(draft.id)).status).toBe('draft')
    sandbox.advance(2_000)
    expect((await stripe.invoices.retrieve(draft.id)).status).toBe('paid')
  })
})

describe('the totals of an invoice', () => {
  it('are raised by exclusive taxes and not by inclusive ones', async () => {
    const { stripe, sandbox } = await fixture.start()
    const draft = await aDraft(stripe, [])
    const invoice = await stripe.invoices.addLines(draft.id, {
      lines: [
        {
          amount: 10_000,
          tax_amounts: [
            {
              amount: 1_900,
              taxable_amount: 10_000,
              tax_rate_data: vat,
              taxability_reason: 'standard_rated',
            },
          ],
        },
        {
          amount: 5_000,
          tax_amounts: [
            { amount: 950, taxable_amount: 5_000, tax_rate_data: vat, taxability_reason: 'standard_rated' },
          ],
        },
        {
          amount: 1_190,
          tax_amounts: [
            {
              amount: 190,
              taxable_amount: 1_000,
              tax_rate_data: { ...vat, inclusive: true },
              taxability_reason: 'standard_rated',
            },
          ],
        },
      ],
    })
    expect(invoice).toMatchObject({
      subtotal: 16_190,
      subtotal_excluding_tax: 16_000,
      total: 19_040,
      total_excluding_tax: 16_000,
      amount_due: 19_040,
    })
    const [exclusive, inclusive] = sandbox.inspect().taxRates
    expect(invoice.total_taxes).toEqual([
      {
        amount: 2_850,
        tax_behavior: 'exclusive',
        tax_rate_details: { tax_rate: exclusive?.id },
        taxability_reason: 'standard_rated',
        taxable_amount: 15_000,
        type: 'tax_rate_details',
      },
      {
        amount: 190,
        tax_behavior: 'inclusive',
        tax_rate_details: { tax_rate: inclusive?.id },
        taxability_reason: 'standard_rated',
        taxable_amount: 1_000,
        type: 'tax_rate_details',
      },
    ])
    expect(invoice.lines.data.map(({ taxes }) => taxes?.map(({ amount }) => amount))).toEqual([
      [1_900],
      [950],
      [190],
    ])
    expect([exclusive?.percentage, exclusive?.country, inclusive?.inclusive]).toEqual([19, 'DE', true])
  })

  it.each([
    ['kwd', 1_005],
    ['isk', 150],
    ['ugx', 99],
  ])('are refused in %s when the last digits are not zero', async (currency, amount) => {
    const { stripe } = await fixture.start()
    const draft = await aDraft(stripe, [], {}, { currency })
    await expect(stripe.invoices.addLines(draft.id, { lines: [{ amount }] })).rejects.toEqual(
      refusal(400, 'invalid_charge_amount'),
    )
  })
})

describe('finalizing', () => {
  it.each([
    ['eur', 49, 'paid', 0, 49],
    ['eur', 50, 'open', 50, 0],
    ['jpy', 49, 'paid', 0, 49],
    ['dkk', 249, 'paid', 0, 249],
    ['gbp', 29, 'paid', 0, 29],
    ['pln', 199, 'paid', 0, 199],
    ['xaf', 1, 'open', 1, 0],
  ])(
    'moves less than the minimum charge to the balance: %s %i',
    async (currency, amount, status, due, balance) => {
      const { stripe } = await fixture.start()
      const draft = await aDraft(stripe, [amount], {}, { currency })
      const invoice = await stripe.invoices.finalizeInvoice(draft.id)
      expect([invoice.status, invoice.amount_due, invoice.amount_paid, invoice.ending_balance]).toEqual([
        status,
        due,
        0,
        balance,
      ])
      const customer = await stripe.customers.retrieve(customerOf(draft))
      expect(customer).toMatchObject({ balance })
    },
  )

  it('adds what the customer owes and takes off what the customer is owed', async () => {
    const { stripe } = await fixture.start()
    const first = await aDraft(stripe, [40])
    await stripe.invoices.finalizeInvoice(first.id)
    const customer = customerOf(first)
    const next = async (amount: number) => {
      const draft = await stripe.invoices.create({ customer, currency: 'eur' })
      await stripe.invoices.addLines(draft.id, { lines: [{ amount }] })
      const invoice = await stripe.invoices.finalizeInvoice(draft.id)
      return [invoice.status, invoice.starting_balance, invoice.ending_balance, invoice.amount_due]
    }
    expect(await next(1_000)).toEqual(['open', 40, 0, 1_040])
    await stripe.customers.createBalanceTransaction(customer, { amount: -700, currency: 'eur' })
    expect(await next(1_000)).toEqual(['open', -700, 0, 300])
    expect(await next(-250)).toEqual(['paid', 0, -250, 0])
    expect(await next(200)).toEqual(['paid', -250, -50, 0])
    expect(await next(0)).toEqual(['paid', -50, -50, 0])
    const { data } = await stripe.customers.listBalanceTransactions(customer)
    expect(data.map(({ type, amount, ending_balance }) => [type, amount, ending_balance])).toEqual([
      ['applied_to_invoice', 200, -50],
      ['applied_to_invoice', -250, -250],
      ['applied_to_invoice', 700, 0],
      ['adjustment', -700, -700],
      ['applied_to_invoice', -40, 0],
      ['invoice_too_small', 40, 40],
    ])
  })

  it('leaves the balance of another currency alone', async () => {
    const { stripe } = await fixture.start()
    const first = await aDraft(stripe, [30])
    await stripe.invoices.finalizeInvoice(first.id)
    const customer = customerOf(first)
    const draft = await stripe.invoices.create({ customer, currency: 'usd' })
    await stripe.invoices.addLines(draft.id, { lines: [{ amount: 600 }] })
    const invoice = await stripe.invoices.finalizeInvoice(draft.id)
    expect([invoice.starting_balance, invoice.amount_due]).toEqual([0, 600])
  })
})

describe('the states of an invoice', () => {
  it('refuse every other way', async () => {
    const { stripe } = await fixture.start({ newCustomersPay: false })
    const draft = await aDraft(stripe, [500])
    const notPossible = refusal(400, 'status_transition_invalid')
    const notEditable = refusal(400, 'invoice_not_editable')
    await expect(stripe.invoices.voidInvoice(draft.id)).rejects.toEqual(notPossible)
    await expect(stripe.invoices.markUncollectible(draft.id)).rejects.toEqual(notPossible)
    await expect(stripe.invoices.pay(draft.id)).rejects.toEqual(notPossible)
    await expect(stripe.invoices.sendInvoice(draft.id)).rejects.toEqual(notPossible)

    await stripe.invoices.finalizeInvoice(draft.id)
    await expect(stripe.invoices.sendInvoice(draft.id)).rejects.toEqual(refusal(400))
    const uncollectible = await stripe.invoices.markUncollectible(draft.id)
    expect(uncollectible).toMatchObject({
      status: 'uncollectible',
      status_transitions: { marked_uncollectible_at: startSecond },
    })
    await expect(stripe.invoices.markUncollectible(draft.id)).rejects.toEqual(notPossible)
    const voided = await stripe.invoices.voidInvoice(draft.id)
    expect([voided.status, voided.amount_remaining, voided.status_transitions.voided_at]).toEqual([
      'void',
      0,
      startSecond,
    ])
    await expect(stripe.invoices.voidInvoice(draft.id)).rejects.toEqual(notPossible)
    await expect(stripe.invoices.pay(draft.id)).rejects.toEqual(notPossible)
    await expect(stripe.invoices.del(draft.id)).rejects.toEqual(notEditable)
    await expect(stripe.invoices.finalizeInvoice(draft.id)).rejects.toEqual(notEditable)
  })

  it('let an uncollectible invoice be paid out of band', async () => {
    const { stripe } = await fixture.start({ newCustomersPay: false })
    const draft = await aDraft(stripe, [500])
    await stripe.invoices.finalizeInvoice(draft.id)
    await stripe.invoices.markUncollectible(draft.id)
    const paid = await stripe.invoices.pay(draft.id, {
      paid_out_of_band: true,
      expand: ['amount_paid_off_stripe'],
    })
    expect([paid.status, paid.amount_paid, paid.amount_paid_off_stripe, paid.amount_remaining]).toEqual([
      'paid',
      500,
      500,
      0,
    ])
    await expect(stripe.invoices.voidInvoice(draft.id)).rejects.toEqual(
      refusal(400, 'status_transition_invalid'),
    )
  })

  it('give an applied balance back when an invoice is voided', async () => {
    const { stripe } = await fixture.start()
    const draft = await aDraft(stripe, [1_000])
    const customer = customerOf(draft)
    await stripe.customers.createBalanceTransaction(customer, { amount: -300, currency: 'eur' })
    await stripe.invoices.finalizeInvoice(draft.id)
    await stripe.invoices.voidInvoice(draft.id)
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -300 })
  })

  it('send an invoice that is to be sent, which is never collected by itself', async () => {
    const { sandbox, stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500], {}, { collection_method: 'send_invoice', days_until_due: 7 })
    const open = await stripe.invoices.finalizeInvoice(draft.id, { auto_advance: true })
    expect(open.hosted_invoice_url).toBe(`${sandbox.url}/i/${draft.id}`)
    await stripe.invoices.sendInvoice(draft.id)
    sandbox.advance(30 * daySeconds * 1000)
    const later = await stripe.invoices.retrieve(draft.id)
    expect([later.status, later.attempted]).toEqual(['open', false])
    const types = sandbox.inspect().events.map(({ type }) => type)
    expect(types.filter((type) => ['invoice.sent', 'invoice.overdue'].includes(type))).toEqual([
      'invoice.sent',
      'invoice.overdue',
    ])
  })
})

describe('lists and expansions of invoices', () => {
  it('filter by customer, state, way of collection and due date', async () => {
    const { stripe } = await fixture.start({ newCustomersPay: false })
    const draft = await aDraft(stripe, [500])
    const customer = customerOf(draft)
    const sent = await stripe.invoices.create({
      customer,
      currency: 'eur',
      collection_method: 'send_invoice',
      days_until_due: 3,
    })
    const open = await aDraft(stripe, [700])
    await stripe.invoices.finalizeInvoice(open.id)
    const idsOf = async (parameters: Parameters<typeof stripe.invoices.list>[0]) =>
      (await stripe.invoices.list(parameters)).data.map(({ id }) => id)
    expect(await idsOf({})).toEqual([open.id, sent.id, draft.id])
    expect(await idsOf({ customer })).toEqual([sent.id, draft.id])
    expect(await idsOf({ status: 'open' })).toEqual([open.id])
    expect(await idsOf({ status: 'draft', limit: 1 })).toEqual([sent.id])
    expect(await idsOf({ collection_method: 'send_invoice' })).toEqual([sent.id])
    expect(await idsOf({ due_date: { lte: startSecond + 3 * daySeconds } })).toEqual([sent.id])
    expect(await idsOf({ due_date: { lt: startSecond + 3 * daySeconds } })).toEqual([])
    expect(await idsOf({ created: { gt: startSecond } })).toEqual([])
    expect(await idsOf({ ending_before: draft.id })).toEqual([open.id, sent.id])
    expect(await idsOf({ starting_after: open.id })).toEqual([sent.id, draft.id])
  })

  it('show what is asked for, also in a stored answer, and refuse what is not known', async () => {
    const { stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500], { name: 'Drill & Co' })
    await stripe.invoices.finalizeInvoice(draft.id)
    const pay = () =>
      stripe.invoices.pay(
        draft.id,
        { expand: ['customer', 'payments.data.payment.payment_intent'] },
        { idempotencyKey: 'pay' },
      )
    const paid = await pay()
    expect(paid).toMatchObject({
      customer: { name: 'Drill & Co' },
      payments: {
        data: [{ status: 'paid', amount_paid: 500, payment: { payment_intent: { status: 'succeeded' } } }],
      },
    })
    const { lastResponse: _first, ...firstBody } = paid
    const { lastResponse, ...again } = await pay()
    expect(again).toEqual(firstBody)
    expect(lastResponse.headers['idempotent-replayed']).toBe('true')
    const plain = await stripe.invoices.retrieve(draft.id)
    expect([plain.customer, plain.payments]).toEqual([draft.customer, undefined])
    const { data } = await stripe.invoices.list({ expand: ['data.customer'] })
    expect(data[0]?.customer).toMatchObject({ name: 'Drill & Co' })
    await expect(stripe.invoices.retrieve(draft.id, { expand: ['charge'] })).rejects.toEqual(refusal(400))
    await expect(stripe.invoices.list({ expand: ['customer'] })).rejects.toEqual(refusal(400))
  })
})
