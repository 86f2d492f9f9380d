/** Payments by SEPA direct debit: processing for a while, then paid, failed or taken back. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import type { StripeSandbox } from './index.ts'
import { aDraft, customerOf, refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const nobodyPays = { newCustomersPay: false } as const

/** An invoice over 20 euros that is charged by itself to the account of this token, and was begun to be. */
async function aDebit(sandbox: StripeSandbox, stripe: Stripe, token: string): Promise<string> {
  const draft = await aDraft(stripe, [2_000])
  const customer = customerOf(draft)
  const { id } = await stripe.paymentMethods.attach(token, { customer })
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } })
  await stripe.invoices.finalizeInvoice(draft.id, { auto_advance: true })
  sandbox.advance(1)
  return draft.id
}

async function seen(stripe: Stripe, invoiceId: string): Promise<unknown> {
  const { status, attempt_count, next_payment_attempt } = await stripe.invoices.retrieve(invoiceId)
  const { data } = await stripe.invoicePayments.list({
    invoice: invoiceId,
    expand: ['data.payment.payment_intent'],
  })
  const intent = data[0]?.payment.payment_intent
  const next = next_payment_attempt === null ? null : (next_payment_attempt * 1000 - startMs) / DAY_MS
  const paying = typeof intent === 'object' ? intent.status : undefined
  return [status, paying, attempt_count, next === null ? null : Math.floor(next)]
}

const paymentEvents = (sandbox: StripeSandbox) =>
  sandbox
    .inspect()
    .events.map(({ type }) => type)
    .filter((type) => /^(charge|invoice\.pa|payment_intent)/.test(type))

describe('a debit', () => {
  it('is processing while the invoice is open, and nothing else is attempted until it is paid', async () => {
    const { sandbox, stripe } = await fixture.start(nobodyPays)
    const id = await aDebit(sandbox, stripe, 'pm_successDelayed_de')
    expect(await seen(stripe, id)).toEqual(['open', 'processing', 1, null])
    expect(sandbox.inspect().charges).toMatchObject([
      {
        status: 'pending',
        paid: false,
        payment_method_details: { type: 'sepa_debit', sepa_debit: { last4: '3003', country: 'DE' } },
      },
    ])
    await stripe.invoices.update(id, { auto_advance: false })
    await stripe.invoices.update(id, { auto_advance: true })
    expect((await stripe.invoices.pay(id)).status).toBe('open')
    sandbox.advance(2 * MINUTE_MS)
    expect(await seen(stripe, id)).toEqual(['open', 'processing', 1, null])
    sandbox.advance(MINUTE_MS)
    expect(await seen(stripe, id)).toEqual(['paid', 'succeeded', 1, null])
    expect(paymentEvents(sandbox)).toEqual([
      'charge.pending',
      'payment_intent.processing',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.paid',
      'invoice.payment_succeeded',
    ])
    sandbox.advance(30 * DAY_MS)
    expect(sandbox.inspect().charges).toMatchObject([
      { status: 'succeeded', paid: true, amount_captured: 2_000 },
    ])
  })

  it('that fails is begun anew by the schedule', async () => {
    const { sandbox, stripe } = await fixture.start(nobodyPays)
    const id = await aDebit(sandbox, stripe, 'pm_insufficientFunds_de')
    sandbox.advance(MINUTE_MS)
    expect(await seen(stripe, id)).toEqual(['open', 'requires_payment_method', 1, 3])
    expect(sandbox.inspect().paymentIntents).toMatchObject([
      { last_payment_error: { code: 'insufficient_funds', payment_method: { type: 'sepa_debit' } } },
    ])
    expect(paymentEvents(sandbox)).toEqual([
      'charge.pending',
      'payment_intent.processing',
      'charge.failed',
      'payment_intent.payment_failed',
      'invoice.payment_failed',
    ])
    sandbox.advance(3 * DAY_MS - MINUTE_MS + 10_000)
    expect(await seen(stripe, id)).toEqual(['open', 'processing', 2, null])
    sandbox.advance(MINUTE_MS)
    expect(await seen(stripe, id)).toEqual(['open', 'requires_payment_method', 2, 8])
  })

  it('that the bank takes back after it was paid is a dispute that is lost at once', async () => {
    const { sandbox, stripe } = await fixture.start(nobodyPays)
    const id = await aDebit(sandbox, stripe, 'pm_disputed_de')
    sandbox.advance(MINUTE_MS)
    expect(await seen(stripe, id)).toEqual(['paid', 'succeeded', 1, null])
    expect((await stripe.disputes.list()).data).toMatchObject([{ status: 'lost', amount: 2_000 }])
    expect(paymentEvents(sandbox).filter((type) => type.startsWith('charge.dispute'))).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
      'charge.dispute.closed',
    ])
  })

  it('that is under way is neither voided, nor credited, nor paid out of band', async () => {
    const { sandbox, stripe } = await fixture.start(nobodyPays)
    const id = await aDebit(sandbox, stripe, 'pm_success_de')
    const refused = refusal(400, 'payment_intent_unexpected_state')
    await expect(stripe.invoices.voidInvoice(id)).rejects.toEqual(refused)
    await expect(stripe.invoices.pay(id, { paid_out_of_band: true })).rejects.toEqual(refused)
    await expect(stripe.creditNotes.create({ invoice: id, amount: 500 })).rejects.toEqual(refused)
    expect((await stripe.creditNotes.list({ invoice: id })).data).toEqual([])
    sandbox.advance(MINUTE_MS)
    expect(await seen(stripe, id)).toEqual(['paid', 'succeeded', 1, null])
  })

  it('goes on after a restart', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stripe-debit-'))
    fixture.onEnd(() => rmSync(folder, { recursive: true }))
    const options = { ...nobodyPays, stateFile: path.join(folder, 'state') }
    const first = await fixture.start(options)
    const id = await aDebit(first.sandbox, first.stripe, 'pm_failedDelayed_de')
    await first.sandbox.close()
    const next = await fixture.start(options)
    expect(await seen(next.stripe, id)).toEqual(['open', 'processing', 1, null])
    next.sandbox.advance(4 * MINUTE_MS)
    expect(await seen(next.stripe, id)).toEqual(['open', 'requires_payment_method', 1, 3])
  })
})

describe('an account that is debited', () => {
  it('is made from a test IBAN, and from no other', async () => {
    const { stripe } = await fixture.start()
    const billing_details = { name: 'Bohrwerk', email: 'a@b.example' }
    const made = (iban: string) =>
      stripe.paymentMethods.create({ type: 'sepa_debit', sepa_debit: { iban }, billing_details })
    expect(await made('DE89 3704 0044 0532 0130 00')).toMatchObject({
      type: 'sepa_debit',
      sepa_debit: { last4: '3000', country: 'DE', bank_code: '37040044' },
      billing_details,
    })
    await expect(made('DE02120300000000202051')).rejects.toEqual(refusal(400))
  })

  it('is saved on the page of Checkout, with a mandate, where the currency is the euro', async () => {
    const { sandbox, stripe } = await fixture.start(nobodyPays)
    const { id: customer } = await stripe.customers.create({ name: 'Bohrwerk', email: 'a@b.example' })
    const open = (currency: string) =>
      stripe.checkout.sessions.create({
        mode: 'setup',
        customer,
        currency,
        success_url: `${sandbox.url}/done`,
      })
    const dollars = await open('usd')
    expect(dollars.payment_method_types).toEqual(['card'])
    expect(await (await fetch(String(dollars.url))).text()).not.toContain('IBAN')
    const euros = await open('eur')
    const send = (iban: string) =>
      fetch(String(euros.url), { method: 'POST', body: new URLSearchParams({ iban }), redirect: 'manual' })
    expect((await send('DE02120300000000202051')).status).toBe(402)
    expect((await send('DE89370400440532013000')).headers.get('location')).toBe(`${sandbox.url}/done`)
    const { setup_intent } = await stripe.checkout.sessions.retrieve(euros.id, { expand: ['setup_intent'] })
    expect(setup_intent).toMatchObject({ status: 'succeeded', mandate: expect.stringMatching(/^mandate_/) })
    expect((await stripe.customers.listPaymentMethods(customer)).data).toMatchObject([
      { type: 'sepa_debit', billing_details: { name: 'Bohrwerk' } },
    ])
    const portal = await stripe.billingPortal.sessions.create({ customer })
    expect(await (await fetch(portal.url)).text()).toContain('SEPA debit, account ending in 3000')
  })

  it('pays on the page of an invoice, which then asks for nothing more', async () => {
    const { sandbox, stripe } = await fixture.start(nobodyPays)
    const draft = await aDraft(stripe, [2_000])
    const { hosted_invoice_url: url } = await stripe.invoices.finalizeInvoice(draft.id)
    await fetch(String(url), {
      method: 'POST',
      body: new URLSearchParams({ iban: 'DE89370400440532013000' }),
      redirect: 'manual',
    })
    const page = await (await fetch(String(url))).text()
    expect(page).toContain('A payment of EUR 20.00 is on its way.')
    expect(page).not.toContain('<form')
    sandbox.advance(MINUTE_MS)
    expect(await (await fetch(String(url))).text()).toContain('This invoice is paid')
  })
})
