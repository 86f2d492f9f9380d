import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import type { StripeSandbox } from './index.ts'
import { aDraft, customerOf, refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const dayMs = 86_400_000
const startSecond = startMs / 1000

async function anOpenInvoice(
  stripe: Stripe,
  customer: Stripe.CustomerCreateParams = {},
  autoAdvance = false,
): Promise<Stripe.Invoice> {
  const draft = await aDraft(stripe, [2_000], customer)
  return stripe.invoices.finalizeInvoice(draft.id, { auto_advance: autoAdvance })
}

const typesOf = (sandbox: StripeSandbox, beginning: string) =>
  sandbox
    .inspect()
    .events.map(({ type }) => type)
    .filter((type) => type.startsWith(beginning))

const decline = { metadata: { sandbox_payment: 'decline' } }

describe('a collected invoice', () => {
  it('has an invoice payment, a payment intent and a charge', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe, {}, true)
    sandbox.advance(1_000)
    const { data } = await stripe.invoicePayments.list({ invoice: open.id })
    expect(data).toMatchObject([
      { amount_paid: 2_000, amount_requested: 2_000, status: 'paid', is_default: true, invoice: open.id },
    ])
    const [payment] = sandbox.inspect().paymentIntents
    const intent = await stripe.paymentIntents.retrieve(payment?.id ?? '', { expand: ['latest_charge'] })
    expect(intent).toMatchObject({
      status: 'succeeded',
      amount: 2_000,
      amount_received: 2_000,
      last_payment_error: null,
      latest_charge: { object: 'charge', paid: true, amount: 2_000, refunded: false, disputed: false },
    })
    const found = await stripe.invoicePayments.list({
      payment: { type: 'payment_intent', payment_intent: intent.id },
    })
    expect(found.data.map(({ id }) => id)).toEqual(data.map(({ id }) => id))
    expect((await stripe.charges.list({ payment_intent: intent.id })).data).toHaveLength(1)
    expect(typesOf(sandbox, 'invoice')).toEqual([
      'invoice.created',
      'invoice.finalized',
      'invoice_payment.paid',
      'invoice.paid',
      'invoice.payment_succeeded',
    ])
  })
})

describe('a payment that is declined', () => {
  it('leaves the invoice open and is repeated after 3, 5 and 7 days, then no more', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { id } = await anOpenInvoice(stripe, decline, true)
    const seen = async () => {
      const { status, attempt_count, next_payment_attempt } = await stripe.invoices.retrieve(id)
      const days =
        next_payment_attempt === null ? null : Math.round((next_payment_attempt - startSecond) / 86_400)
      return [status, attempt_count, days]
    }
    sandbox.advance(1_000)
    expect(await seen()).toEqual(['open', 1, 3])
    sandbox.advance(3 * dayMs)
    expect(await seen()).toEqual(['open', 2, 8])
    sandbox.advance(5 * dayMs)
    expect(await seen()).toEqual(['open', 3, 15])
    sandbox.advance(7 * dayMs)
    expect(await seen()).toEqual(['open', 4, null])
    sandbox.advance(365 * dayMs)
    expect(await seen()).toEqual(['open', 4, null])
    expect(typesOf(sandbox, 'invoice.payment')).toEqual(
      Array.from({ length: 4 }, () => 'invoice.payment_failed'),
    )
    const [intent] = sandbox.inspect().paymentIntents
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', decline_code: 'generic_decline' },
    })
    expect(sandbox.inspect().charges.map(({ status }) => status)).toEqual(
      Array.from({ length: 4 }, () => 'failed'),
    )
  })

  it('is paid by the next retry once the customer pays', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe, decline, true)
    sandbox.advance(1_000)
    await stripe.customers.update(customerOf(open), { metadata: { sandbox_payment: '' } })
    sandbox.advance(3 * dayMs)
    const paid = await stripe.invoices.retrieve(open.id)
    expect([paid.status, paid.next_payment_attempt]).toEqual(['paid', null])
    expect(paid.status_transitions.paid_at).toBe(startSecond + 3 * 86_400)
  })

  it('is not repeated when auto_advance is false or taken back', async () => {
    const { sandbox, stripe } = await fixture.start()
    const byHand = await anOpenInvoice(stripe, decline)
    await expect(stripe.invoices.pay(byHand.id)).rejects.toEqual(refusal(402, 'card_declined'))
    const tried = await stripe.invoices.retrieve(byHand.id)
    expect([tried.attempted, tried.attempt_count, tried.next_payment_attempt]).toEqual([true, 1, null])
    const byItself = await anOpenInvoice(stripe, decline, true)
    sandbox.advance(1_000)
    await stripe.invoices.update(byItself.id, { auto_advance: false })
    sandbox.advance(30 * dayMs)
    const later = await stripe.invoices.retrieve(byItself.id)
    expect([later.attempt_count, later.next_payment_attempt]).toEqual([1, null])
  })

  it('is repeated once auto_advance is turned on, after the days that the schedule has', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { id } = await anOpenInvoice(stripe, decline)
    await expect(stripe.invoices.pay(id)).rejects.toEqual(refusal(402))
    sandbox.advance(dayMs)
    const turnedOn = await stripe.invoices.update(id, { auto_advance: true })
    expect(turnedOn.next_payment_attempt).toBe(startSecond + 4 * 86_400)
    sandbox.advance(3 * dayMs)
    expect((await stripe.invoices.retrieve(id)).attempt_count).toBe(2)
  })

  it('is tried once however often auto_advance is turned on', async () => {
    const { sandbox, stripe } = await fixture.start()
    const { id } = await anOpenInvoice(stripe, decline)
    await stripe.invoices.update(id, { auto_advance: true })
    await stripe.invoices.update(id, { auto_advance: true })
    sandbox.advance(1_000)
    expect((await stripe.invoices.retrieve(id)).attempt_count).toBe(1)
    await stripe.invoices.update(id, { auto_advance: false })
    sandbox.advance(dayMs)
    await stripe.invoices.update(id, { auto_advance: true })
    sandbox.advance(2 * dayMs)
    expect((await stripe.invoices.retrieve(id)).attempt_count).toBe(1)
    sandbox.advance(dayMs)
    expect((await stripe.invoices.retrieve(id)).attempt_count).toBe(2)
  })

  it('counts only its first attempt by hand', async () => {
    const { stripe } = await fixture.start()
    const { id } = await anOpenInvoice(stripe, decline)
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(stripe.invoices.pay(id)).rejects.toEqual(refusal(402))
    }
    expect((await stripe.invoices.retrieve(id)).attempt_count).toBe(1)
  })
})

describe('a payment that the bank asks about', () => {
  it('waits for the customer, who confirms it', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe, { metadata: { sandbox_payment: 'action' } }, true)
    sandbox.advance(1_000)
    expect(typesOf(sandbox, 'invoice.payment')).toEqual([
      'invoice.payment_action_required',
      'invoice.payment_failed',
    ])
    await expect(stripe.invoices.pay(open.id)).rejects.toEqual(
      refusal(402, 'invoice_payment_intent_requires_action'),
    )
    expect(
      sandbox.inspect().paymentIntents.map(({ status, next_action }) => [status, next_action?.type]),
    ).toEqual([['requires_action', 'redirect_to_url']])
    expect(sandbox.answerBank(open.id, true)).toBe('paid')
    expect((await stripe.invoices.retrieve(open.id)).status).toBe('paid')
    expect(sandbox.answerBank(open.id, true)).toBe('not_open')
  })

  it('fails when the customer says no', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe, { metadata: { sandbox_payment: 'action' } })
    await expect(stripe.invoices.pay(open.id)).rejects.toEqual(refusal(402))
    expect(sandbox.answerBank(open.id, false)).toBe('declined')
    expect(sandbox.inspect().paymentIntents[0]).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    })
  })
})

describe('payment methods', () => {
  it('are missing when new customers do not pay: the invoice stays open, attempted and failed', async () => {
    const { sandbox, stripe } = await fixture.start({ newCustomersPay: false })
    const open = await anOpenInvoice(stripe, {}, true)
    sandbox.advance(1_000)
    const tried = await stripe.invoices.retrieve(open.id)
    expect([tried.status, tried.attempted]).toEqual(['open', true])
    expect(typesOf(sandbox, 'invoice.payment')).toEqual(['invoice.payment_failed'])
    await expect(stripe.invoices.pay(open.id)).rejects.toEqual(refusal(400, 'missing'))
    expect((await stripe.invoices.pay(open.id, { payment_method: 'pm_card_visa' })).status).toBe('paid')
  })

  it.each([
    ['pm_card_visa', '4242', undefined],
    ['pm_card_chargeCustomerFail', '0341', 'card_declined'],
    ['pm_card_visa_chargeDeclined', '0002', 'card_declined'],
    ['pm_card_authenticationRequired', '3184', 'invoice_payment_intent_requires_action'],
  ])('%s is attached, made the default and charged', async (token, last4, code) => {
    const { stripe } = await fixture.start({ newCustomersPay: false })
    const open = await anOpenInvoice(stripe)
    const customer = customerOf(open)
    const attached = await stripe.paymentMethods.attach(token, { customer })
    expect([attached.card?.last4, attached.customer]).toEqual([last4, customer])
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: attached.id } })
    const pay = stripe.invoices.pay(open.id)
    if (code === undefined) expect((await pay).status).toBe('paid')
    else await expect(pay).rejects.toEqual(refusal(402, code))
  })

  it('are listed for their customer, belong to one only and can be taken away', async () => {
    const { stripe } = await fixture.start()
    const one = await stripe.customers.create({})
    const other = await stripe.customers.create({ metadata: { sandbox_payment: 'none' } })
    const { data } = await stripe.customers.listPaymentMethods(one.id, { type: 'card' })
    expect(data.map(({ id }) => id)).toEqual([one.invoice_settings.default_payment_method])
    expect((await stripe.customers.listPaymentMethods(other.id)).data).toEqual([])
    const id = data[0]?.id ?? ''
    await expect(stripe.paymentMethods.attach(id, { customer: other.id })).rejects.toEqual(refusal(400))
    await expect(
      stripe.customers.update(other.id, { invoice_settings: { default_payment_method: id } }),
    ).rejects.toEqual(refusal(400, 'resource_missing'))
    const detached = await stripe.paymentMethods.detach(id)
    expect(detached.customer).toBe(null)
    const customer = await stripe.customers.retrieve(one.id)
    expect(customer).toMatchObject({ invoice_settings: { default_payment_method: null } })
    await expect(stripe.paymentMethods.detach(id)).rejects.toEqual(refusal(400))
    expect((await stripe.paymentMethods.list({ customer: one.id })).data).toEqual([])
  })
})

describe('partial payments', () => {
  it('are payments of their own until nothing remains', async () => {
    const { sandbox, stripe } = await fixture.start({ newCustomersPay: false })
    const open = await anOpenInvoice(stripe)
    const part = sandbox.payPartly(open.id, 500)
    expect([part.status, part.amount_paid, part.amount_remaining]).toEqual(['open', 500, 1_500])
    expect(() => sandbox.payPartly(open.id, 1_501)).toThrow(expect.objectContaining({ status: 400 }))
    const paid = sandbox.payPartly(open.id, 1_500)
    expect([paid.status, paid.amount_paid, paid.amount_remaining]).toEqual(['paid', 2_000, 0])
    const { data } = await stripe.invoicePayments.list({ invoice: open.id, status: 'paid' })
    expect(data.map(({ amount_paid }) => amount_paid)).toEqual([1_500, 500])
  })
})

describe('a payment that was begun', () => {
  it('is canceled when the invoice is settled by another', async () => {
    const { sandbox, stripe } = await fixture.start()
    const open = await anOpenInvoice(stripe, decline)
    await expect(stripe.invoices.pay(open.id)).rejects.toEqual(refusal(402))
    sandbox.payPartly(open.id, 2_000)
    const { data } = await stripe.invoicePayments.list({ invoice: open.id })
    expect(data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
      ['paid', 2_000],
      ['canceled', null],
    ])
    expect(sandbox.inspect().paymentIntents.map(({ status }) => status)).toEqual(['canceled', 'succeeded'])
  })
})

describe('refunds', () => {
  async function aCharge(stripe: Stripe, sandbox: StripeSandbox, customer: Stripe.CustomerCreateParams = {}) {
    const open = await anOpenInvoice(stripe, customer)
    await stripe.invoices.pay(open.id)
    const { id, payment_intent } = sandbox.inspect().charges[0] ?? {}
    if (id === undefined || typeof payment_intent !== 'string') throw new Error('There is no charge.')
    return { id, payment_intent }
  }

  it('are made of a charge or a payment intent until all is refunded', async () => {
    const { sandbox, stripe } = await fixture.start()
    const charge = await aCharge(stripe, sandbox)
    const first = await stripe.refunds.create({
      payment_intent: charge.payment_intent,
      amount: 1_500,
      reason: 'requested_by_customer',
      metadata: { ticket: '7' },
    })
    expect(first).toMatchObject({
      status: 'succeeded',
      amount: 1_500,
      charge: charge.id,
      metadata: { ticket: '7' },
    })
    await expect(stripe.refunds.create({ charge: charge.id, amount: 501 })).rejects.toEqual(
      refusal(400, 'amount_too_large'),
    )
    expect((await stripe.refunds.create({ charge: charge.id })).amount).toBe(500)
    await expect(stripe.refunds.create({ charge: charge.id })).rejects.toEqual(
      refusal(400, 'charge_already_refunded'),
    )
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: true, amount_refunded: 2_000 })
    const { data } = await stripe.refunds.list({ charge: charge.id })
    expect(data.map(({ amount }) => amount)).toEqual([500, 1_500])
    expect(typesOf(sandbox, 'refund')).toEqual(['refund.created', 'refund.created'])
    expect(typesOf(sandbox, 'charge.refunded')).toHaveLength(2)
  })

  it('fail a minute later for a customer with sandbox_refund=fail', async () => {
    const { sandbox, stripe } = await fixture.start()
    const charge = await aCharge(stripe, sandbox, { metadata: { sandbox_refund: 'fail' } })
    const refund = await stripe.refunds.create({ charge: charge.id })
    expect(refund.status).toBe('pending')
    sandbox.advance(60_000)
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    })
    expect(await stripe.charges.retrieve(charge.id)).toMatchObject({ refunded: false, amount_refunded: 0 })
    expect(typesOf(sandbox, 'refund')).toEqual(['refund.created', 'refund.updated', 'refund.failed'])
  })

  it('are refused for a disputed charge', async () => {
    const { sandbox, stripe } = await fixture.start()
    const charge = await aCharge(stripe, sandbox)
    const dispute = sandbox.openDispute(charge.id)
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      status: 'needs_response',
      amount: 2_000,
      charge: charge.id,
    })
    expect((await stripe.charges.retrieve(charge.id)).disputed).toBe(true)
    await expect(stripe.refunds.create({ charge: charge.id })).rejects.toEqual(
      refusal(400, 'charge_disputed'),
    )
    sandbox.closeDispute(dispute.id, 'lost')
    expect((await stripe.disputes.list({ charge: charge.id })).data.map(({ status }) => status)).toEqual([
      'lost',
    ])
    expect(() => sandbox.closeDispute(dispute.id, 'won')).toThrow(expect.objectContaining({ status: 400 }))
    expect(typesOf(sandbox, 'charge.dispute')).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.closed',
    ])
  })
})
