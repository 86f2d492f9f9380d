import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import type { StripeSandbox } from './index.ts'
import { aDraft, customerOf, refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const startSecond = startMs / 1000
const initiated_at = startSecond - 86_400
const expand = ['amount_paid_off_stripe']

async function anOpenInvoice(stripe: Stripe, customer: Stripe.CustomerCreateParams = {}) {
  const draft = await aDraft(stripe, [2_000], customer)
  return stripe.invoices.finalizeInvoice(draft.id, { auto_advance: false })
}

async function aRecord(
  stripe: Stripe,
  customer: string,
  value: number,
  change: Partial<Stripe.PaymentRecordReportPaymentParams> = {},
): Promise<Stripe.PaymentRecord> {
  return stripe.paymentRecords.reportPayment({
    amount_requested: { currency: 'eur', value },
    customer_details: { customer },
    initiated_at,
    payment_method_details: { type: 'custom', custom: { display_name: 'Bank transfer' } },
    outcome: 'guaranteed',
    guaranteed: { guaranteed_at: initiated_at },
    ...change,
  })
}

const typesAfterFinalizing = (sandbox: StripeSandbox) => {
  const types = sandbox.inspect().events.map(({ type }) => type)
  return types.slice(types.indexOf('invoice.finalized') + 1)
}

describe('a payment record', () => {
  it('says what was paid elsewhere, and is found by its id and in the list', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { id: customer } = await stripe.customers.create({})
    const first = await aRecord(stripe, customer, 700, {
      description: 'October',
      metadata: { payment_id: 'p1' },
      processor_details: { type: 'custom', custom: { payment_reference: 'SEPA 1' } },
    })
    expect(first).toMatchObject({
      object: 'payment_record',
      amount: { currency: 'eur', value: 700 },
      amount_requested: { currency: 'eur', value: 700 },
      amount_guaranteed: { currency: 'eur', value: 700 },
      amount_refunded: { currency: 'eur', value: 0 },
      customer_details: { customer, email: null },
      description: 'October',
      livemode: false,
      metadata: { payment_id: 'p1' },
      payment_method_details: { type: 'custom', custom: { display_name: 'Bank transfer' } },
      processor_details: { type: 'custom', custom: { payment_reference: 'SEPA 1' } },
      reported_by: 'self',
    })
    sandbox.advance(10_000)
    const second = await aRecord(stripe, customer, 300)
    expect(await stripe.paymentRecords.retrieve(first.id)).toMatchObject({ id: first.id })
    const ids = async (params: Stripe.PaymentRecordListParams) =>
      (await stripe.paymentRecords.list(params)).data.map(({ id }) => id)
    expect(await ids({})).toEqual([second.id, first.id])
    expect(await ids({ limit: 1 })).toEqual([second.id])
    expect(await ids({ created_after: first.created })).toEqual([second.id])
    expect(await ids({ created_before: second.created })).toEqual([first.id])
    await expect(stripe.paymentRecords.retrieve('pr_nothing')).rejects.toEqual(
      refusal(404, 'resource_missing'),
    )
  })

  it.each([
    ['no amount', { amount_requested: { currency: 'eur', value: 0 } }],
    ['an unknown customer', { customer_details: { customer: 'cus_nobody' } }],
    ['the future', { initiated_at: startSecond + 86_400 }],
    ['guaranteed before it was initiated', { guaranteed: { guaranteed_at: initiated_at - 1 } }],
    ['not guaranteed', { outcome: 'failed', failed: { failed_at: initiated_at } }],
    ['a payment method without a name', { payment_method_details: { type: 'custom' } }],
  ] as const)('of %s is refused', async (_why, change) => {
    const { sandbox, stripe } = await fixture.start()
    const { id } = await stripe.customers.create({})
    await expect(aRecord(stripe, id, 700, change)).rejects.toEqual(refusal(400))
    expect(sandbox.inspect().paymentRecords).toEqual([])
  })
})

describe('an invoice with a payment from elsewhere', () => {
  it('has less remaining, and is collected for the rest only', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe)
    const record = await aRecord(stripe, customerOf(open), 700)
    const part = await stripe.invoices.attachPayment(open.id, { payment_record: record.id, expand })
    expect(part).toMatchObject({
      status: 'open',
      amount_due: 2_000,
      amount_paid: 700,
      amount_paid_off_stripe: 700,
      amount_remaining: 1_300,
    })
    expect(typesAfterFinalizing(sandbox)).toEqual(['invoice_payment.paid', 'invoice.updated'])
    await stripe.invoices.update(open.id, { auto_advance: true })
    sandbox.advance(1_000)
    const paid = await stripe.invoices.retrieve(open.id, { expand })
    expect(paid).toMatchObject({
      status: 'paid',
      amount_paid: 2_000,
      amount_paid_off_stripe: 700,
      amount_remaining: 0,
    })
    expect(sandbox.inspect().charges.map(({ amount }) => amount)).toEqual([1_300])
    const { data } = await stripe.invoicePayments.list({
      invoice: open.id,
      expand: ['data.payment.payment_record'],
    })
    expect(data).toMatchObject([
      { amount_paid: 1_300, is_default: true, payment: { type: 'payment_intent' } },
      {
        amount_paid: 700,
        amount_requested: 700,
        is_default: false,
        status: 'paid',
        payment: { type: 'payment_record', payment_record: { id: record.id, object: 'payment_record' } },
      },
    ])
    const found = await stripe.invoicePayments.list({
      payment: { type: 'payment_record', payment_record: record.id },
    })
    expect(found.data.map(({ id }) => id)).toEqual([data[1]?.id])
  })

  it('is paid when nothing remains, without a payment attempt', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe)
    const record = await aRecord(stripe, customerOf(open), 2_000)
    const paid = await stripe.invoices.attachPayment(open.id, { payment_record: record.id })
    expect([paid.status, paid.amount_paid, paid.amount_remaining, paid.attempted]).toEqual([
      'paid',
      2_000,
      0,
      false,
    ])
    expect(typesAfterFinalizing(sandbox)).toEqual(['invoice_payment.paid', 'invoice.paid'])
  })

  it('may be uncollectible, and stays so until nothing remains', async () => {
    const { stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe)
    await stripe.invoices.markUncollectible(open.id)
    const attach = async (value: number) =>
      stripe.invoices.attachPayment(open.id, {
        payment_record: (await aRecord(stripe, customerOf(open), value)).id,
      })
    expect((await attach(500)).status).toBe('uncollectible')
    expect((await attach(1_500)).status).toBe('paid')
  })

  it('asks a bank that was being asked for no more than the rest', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe, { metadata: { sandbox_payment: 'action' } })
    await expect(stripe.invoices.pay(open.id)).rejects.toEqual(refusal(402))
    const record = await aRecord(stripe, customerOf(open), 700)
    await stripe.invoices.attachPayment(open.id, { payment_record: record.id })
    expect(sandbox.answerBank(open.id, true)).toBe('paid')
    expect(await stripe.invoices.retrieve(open.id)).toMatchObject({
      status: 'paid',
      amount_paid: 2_000,
      amount_remaining: 0,
    })
    expect(sandbox.inspect().charges.map(({ amount }) => amount)).toEqual([1_300])
  })
})

describe('a partly paid invoice', () => {
  it('is not voided, whoever paid the part, but may be given up', async () => {
    const { sandbox, stripe } = await fixture.start()
    const byCard = await anOpenInvoice(stripe)
    sandbox.payPartly(byCard.id, 500)
    const elsewhere = await anOpenInvoice(stripe)
    const record = await aRecord(stripe, customerOf(elsewhere), 500)
    await stripe.invoices.attachPayment(elsewhere.id, { payment_record: record.id })
    for (const { id } of [byCard, elsewhere]) {
      await expect(stripe.invoices.voidInvoice(id)).rejects.toEqual(refusal(400))
      expect((await stripe.invoices.markUncollectible(id)).status).toBe('uncollectible')
      await expect(stripe.invoices.voidInvoice(id)).rejects.toEqual(refusal(400))
      expect(await stripe.invoices.retrieve(id)).toMatchObject({ status: 'uncollectible', amount_paid: 500 })
    }
  })
})

describe('attaching a payment', () => {
  async function expectRefused(
    prepare: (stripe: Stripe, open: Stripe.Invoice) => Promise<Stripe.InvoiceAttachPaymentParams>,
  ): Promise<void> {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe)
    const params = await prepare(stripe, open)
    const before = await stripe.invoices.retrieve(open.id)
    await expect(stripe.invoices.attachPayment(open.id, params)).rejects.toEqual(refusal(400))
    const { lastResponse: _, ...after } = await stripe.invoices.retrieve(open.id)
    expect(before).toMatchObject(after)
    expect(sandbox.inspect().invoicePayments.length).toBeLessThan(2)
  }
  const recordOf =
    (value: number, change: Partial<Stripe.PaymentRecordReportPaymentParams> = {}) =>
    async (stripe: Stripe, open: Stripe.Invoice) => ({
      payment_record: (await aRecord(stripe, customerOf(open), value, change)).id,
    })

  it('of more than remains is refused', async () => {
    await expectRefused(recordOf(2_001))
  })

  it('in another currency is refused', async () => {
    await expectRefused(recordOf(700, { amount_requested: { currency: 'usd', value: 700 } }))
  })

  it('of another customer, or of none, is refused', async () => {
    await expectRefused(async (stripe, open) => {
      const other = await stripe.customers.create({})
      return recordOf(700, { customer_details: { customer: other.id } })(stripe, open)
    })
    await expectRefused(recordOf(700, { customer_details: {} }))
  })

  it('that was credited once is refused, also by another invoice', async () => {
    const { stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe)
    const customer = customerOf(open)
    const other = await stripe.invoices.create({ customer, currency: 'eur' })
    await stripe.invoices.addLines(other.id, { lines: [{ amount: 2_000 }] })
    await stripe.invoices.finalizeInvoice(other.id)
    const { id } = await aRecord(stripe, customer, 700)
    await stripe.invoices.attachPayment(open.id, { payment_record: id })
    await expect(stripe.invoices.attachPayment(other.id, { payment_record: id })).rejects.toEqual(
      refusal(400),
    )
    expect((await stripe.invoices.retrieve(other.id)).amount_remaining).toBe(2_000)
  })

  it('twice to the same invoice is refused', async () => {
    await expectRefused(async (stripe, open) => {
      const params = await recordOf(700)(stripe, open)
      await stripe.invoices.attachPayment(open.id, params)
      return params
    })
  })

  it('that is not there, or a payment intent, or nothing, is refused', async () => {
    await expectRefused(() => Promise.resolve({ payment_record: 'pr_nothing' }))
    await expectRefused(() => Promise.resolve({ payment_intent: 'pi_1' }))
    await expectRefused(() => Promise.resolve({}))
  })

  it('to a draft, a void or a paid invoice is refused', async () => {
    const { stripe } = await fixture.start()
    const draft = await aDraft(stripe, [2_000])
    const voided = await anOpenInvoice(stripe)
    await stripe.invoices.voidInvoice(voided.id)
    const paid = await anOpenInvoice(stripe)
    await stripe.invoices.pay(paid.id)
    for (const invoice of [draft, voided, paid]) {
      const { id } = await aRecord(stripe, customerOf(invoice), 700)
      await expect(stripe.invoices.attachPayment(invoice.id, { payment_record: id })).rejects.toEqual(
        refusal(400),
      )
    }
  })
})

describe('amount_paid_off_stripe', () => {
  it('is there only when it is asked for, and never in an event', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe)
    const settled = await stripe.invoices.pay(open.id, { paid_out_of_band: true })
    const listed = await stripe.invoices.list({ expand: ['data.amount_paid_off_stripe'] })
    expect(Object.hasOwn(settled, 'amount_paid_off_stripe')).toBe(false)
    expect((await stripe.invoices.retrieve(open.id, { expand })).amount_paid_off_stripe).toBe(2_000)
    expect(listed.data.map(({ amount_paid_off_stripe }) => amount_paid_off_stripe)).toEqual([2_000])
    const told = sandbox.inspect().events.filter(({ type }) => type === 'invoice.paid')
    expect(told.map(({ data }) => Object.hasOwn(data.object, 'amount_paid_off_stripe'))).toEqual([false])
  })
})
