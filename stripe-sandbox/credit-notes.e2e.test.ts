import type { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import { aDraft, customerOf, refusal, sandboxFixture, startMs } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

const vat = { display_name: 'VAT', percentage: 19, inclusive: false, country: 'DE' }

/** 100.00 and 50.00 net, 28.50 of tax on both: 178.50. */
async function anInvoice(stripe: Stripe, isPaid: boolean): Promise<Stripe.Invoice> {
  const draft = await aDraft(stripe, [])
  await stripe.invoices.addLines(draft.id, {
    lines: [
      {
        amount: 10_000,
        description: 'Hours',
        tax_amounts: [{ amount: 1_900, taxable_amount: 10_000, tax_rate_data: vat }],
      },
      { amount: 5_000, tax_amounts: [{ amount: 950, taxable_amount: 5_000, tax_rate_data: vat }] },
    ],
  })
  const open = await stripe.invoices.finalizeInvoice(draft.id)
  return isPaid ? stripe.invoices.pay(draft.id) : open
}

function rateOf({ lines }: Stripe.Invoice): string {
  return lines.data[0]?.taxes?.[0]?.tax_rate_details?.tax_rate ?? ''
}

describe('a credit note on an open invoice', () => {
  it('lowers what remains, and can be voided again', async () => {
    const { stripe } = await fixture.start()
    const invoice = await anInvoice(stripe, false)
    const line = invoice.lines.data[0]?.id ?? ''
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      lines: [
        {
          type: 'invoice_line_item',
          invoice_line_item: line,
          amount: 1_000,
          tax_amounts: [{ amount: 190, taxable_amount: 1_000, tax_rate: rateOf(invoice) }],
        },
        {
          type: 'custom_line_item',
          description: 'Goodwill',
          quantity: 2,
          unit_amount: 100,
          tax_amounts: [{ amount: 38, taxable_amount: 200, tax_rate: rateOf(invoice) }],
        },
      ],
      reason: 'order_change',
      memo: 'Sorry',
      metadata: { note: '1' },
      effective_at: startMs / 1000 - 60,
      email_type: 'none',
    })
    expect(note).toMatchObject({
      number: `${invoice.number}-CN-01`,
      subtotal: 1_200,
      total: 1_428,
      amount: 1_428,
      total_excluding_tax: 1_200,
      total_taxes: [{ amount: 228, tax_behavior: 'exclusive', taxable_amount: 1_200 }],
      pre_payment_amount: 1_428,
      post_payment_amount: 0,
      type: 'pre_payment',
      status: 'issued',
      reason: 'order_change',
      memo: 'Sorry',
      metadata: { note: '1' },
      effective_at: startMs / 1000 - 60,
    })
    expect(note.lines.data.map(({ type, amount, description }) => [type, amount, description])).toEqual([
      ['invoice_line_item', 1_000, 'Hours'],
      ['custom_line_item', 200, 'Goodwill'],
    ])
    const lowered = await stripe.invoices.retrieve(invoice.id)
    expect([lowered.status, lowered.total, lowered.amount_due, lowered.amount_remaining]).toEqual([
      'open',
      17_850,
      16_422,
      16_422,
    ])
    expect(lowered.pre_payment_credit_notes_amount).toBe(1_428)
    const voided = await stripe.creditNotes.voidCreditNote(note.id)
    expect([voided.status, voided.voided_at]).toEqual(['void', startMs / 1000])
    expect((await stripe.invoices.retrieve(invoice.id)).amount_remaining).toBe(17_850)
    await expect(stripe.creditNotes.voidCreditNote(note.id)).rejects.toEqual(refusal(400))
  })

  it('makes it paid when it takes all, and no money moves', async () => {
    const { sandbox, stripe } = await fixture.start()
    const invoice = await anInvoice(stripe, false)
    await stripe.creditNotes.create({ invoice: invoice.id, amount: 17_850 })
    const paid = await stripe.invoices.retrieve(invoice.id)
    expect([paid.status, paid.amount_paid, paid.amount_remaining]).toEqual(['paid', 0, 0])
    expect(sandbox.inspect().charges).toEqual([])
    await expect(stripe.creditNotes.create({ invoice: invoice.id, amount: 1 })).rejects.toEqual(refusal(400))
  })

  it('has the bank asked for no more than the rest', async () => {
    const { sandbox, stripe } = await fixture.start()
    const draft = await aDraft(stripe, [2_000], { metadata: { sandbox_payment: 'action' } })
    const open = await stripe.invoices.finalizeInvoice(draft.id)
    await expect(stripe.invoices.pay(open.id)).rejects.toEqual(refusal(402))
    await stripe.creditNotes.create({ invoice: open.id, amount: 700 })
    expect(sandbox.answerBank(open.id, true)).toBe('paid')
    expect(await stripe.invoices.retrieve(open.id)).toMatchObject({ amount_paid: 1_300, amount_remaining: 0 })
  })

  it('is mixed when a part was paid already, and that part has to be split', async () => {
    const { sandbox, stripe } = await fixture.start()
    const invoice = await anInvoice(stripe, false)
    sandbox.payPartly(invoice.id, 17_000)
    const parameters = { invoice: invoice.id, amount: 1_000 }
    await expect(stripe.creditNotes.create(parameters)).rejects.toEqual(refusal(400))
    const note = await stripe.creditNotes.create({ ...parameters, refund_amount: 100, credit_amount: 50 })
    expect([note.type, note.pre_payment_amount, note.post_payment_amount]).toEqual(['mixed', 850, 150])
    const paid = await stripe.invoices.retrieve(invoice.id)
    expect([paid.status, paid.amount_paid, paid.post_payment_credit_notes_amount]).toEqual([
      'paid',
      17_000,
      150,
    ])
    await expect(stripe.creditNotes.voidCreditNote(note.id)).rejects.toEqual(refusal(400))
  })
})

describe('a credit note on a paid invoice', () => {
  it('is split exactly into refund, balance, refunds made before, and what is settled elsewhere', async () => {
    const { sandbox, stripe } = await fixture.start()
    const invoice = await anInvoice(stripe, true)
    const charge = sandbox.inspect().charges[0]?.id ?? ''
    const earlier = await stripe.refunds.create({ charge, amount: 400 })
    const split = { refund_amount: 1_000, credit_amount: 500, out_of_band_amount: 100 }
    const refunds = [{ refund: earlier.id, amount_refunded: 400 }]
    for (const wrong of [
      { amount: 2_000 },
      { amount: 2_000, ...split },
      { amount: 2_000, ...split, refunds, credit_amount: 501 },
      { amount: 1_999, ...split, refunds },
      {
        amount: 2_000,
        ...split,
        refunds: [{ refund: earlier.id, amount_refunded: 401 }],
        credit_amount: 499,
      },
      { amount: 17_851, refund_amount: 17_851 },
      { amount: 17_850, refund_amount: 17_850 },
    ]) {
      await expect(stripe.creditNotes.create({ invoice: invoice.id, ...wrong })).rejects.toEqual(refusal(400))
    }
    expect(sandbox.inspect().creditNotes).toEqual([])
    const note = await stripe.creditNotes.create({
      invoice: invoice.id,
      amount: 2_000,
      ...split,
      refunds,
      expand: ['refunds.refund'],
    })
    expect(note).toMatchObject({
      type: 'post_payment',
      post_payment_amount: 2_000,
      out_of_band_amount: 100,
      refunds: [
        { amount_refunded: 400, refund: { id: earlier.id } },
        { amount_refunded: 1_000, refund: { amount: 1_000, status: 'succeeded' } },
      ],
    })
    expect((await stripe.charges.retrieve(charge)).amount_refunded).toBe(1_400)
    expect(await stripe.customers.retrieve(customerOf(invoice))).toMatchObject({ balance: -500 })
    await expect(
      stripe.creditNotes.create({ invoice: invoice.id, amount: 400, refunds: [{ refund: earlier.id }] }),
    ).rejects.toEqual(refusal(400))
  })

  it('is previewed without being made', async () => {
    const { sandbox, stripe } = await fixture.start()
    const invoice = await anInvoice(stripe, true)
    const preview = await stripe.creditNotes.preview({
      invoice: invoice.id,
      lines: [
        {
          type: 'custom_line_item',
          quantity: 1,
          unit_amount: 1_000,
          tax_amounts: [{ amount: 190, taxable_amount: 1_000, tax_rate: rateOf(invoice) }],
        },
      ],
      refund_amount: 1_190,
    })
    expect([preview.total, preview.number, preview.refunds]).toEqual([1_190, `${invoice.number}-CN-01`, []])
    const { creditNotes, refunds } = sandbox.inspect()
    expect([creditNotes, refunds]).toEqual([[], []])
  })
})

describe('credit notes', () => {
  it('are refused for drafts and void invoices, and above the total together', async () => {
    const { stripe } = await fixture.start()
    const draft = await aDraft(stripe, [500])
    const refused = refusal(400, 'status_transition_invalid')
    await expect(stripe.creditNotes.create({ invoice: draft.id, amount: 100 })).rejects.toEqual(refused)
    await stripe.invoices.finalizeInvoice(draft.id)
    await stripe.creditNotes.create({ invoice: draft.id, amount: 300 })
    await expect(stripe.creditNotes.create({ invoice: draft.id, amount: 201 })).rejects.toEqual(refusal(400))
    await stripe.invoices.voidInvoice(draft.id)
    await expect(stripe.creditNotes.create({ invoice: draft.id, amount: 100 })).rejects.toEqual(refused)
  })

  it('are listed by invoice and by customer', async () => {
    const { stripe } = await fixture.start()
    const one = await anInvoice(stripe, false)
    const other = await anInvoice(stripe, false)
    const first = await stripe.creditNotes.create({ invoice: one.id, amount: 100 })
    const second = await stripe.creditNotes.create({ invoice: one.id, amount: 200 })
    const third = await stripe.creditNotes.create({ invoice: other.id, amount: 300 })
    const idsOf = async (parameters: Stripe.CreditNoteListParams) =>
      (await stripe.creditNotes.list(parameters)).data.map(({ id }) => id)
    expect(await idsOf({})).toEqual([third.id, second.id, first.id])
    expect(await idsOf({ invoice: one.id })).toEqual([second.id, first.id])
    expect(await idsOf({ customer: customerOf(other) })).toEqual([third.id])
    expect((await stripe.creditNotes.listLineItems(first.id)).data.map(({ amount }) => amount)).toEqual([100])
    expect(await stripe.creditNotes.retrieve(first.id, { expand: ['invoice'] })).toMatchObject({
      invoice: { id: one.id, amount_remaining: 17_550 },
    })
  })
})
