/** Lines with a price: exact amounts, the limits of decimals, and currencies that do not go together. */
import { Stripe } from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import { aDraft, customerOf, refusal, sandboxFixture } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

type Line = Stripe.InvoiceAddLinesParams.Line

const decimal = (text: string) => Stripe.Decimal.from(text)
const energy = { currency: 'eur', product_data: { name: 'Energy' } }

/** An empty draft in euros, and what adds lines to it. */
async function aPricedDraft() {
  const { stripe } = await fixture.start()
  const draft = await aDraft(stripe, [])
  const add = (...lines: Line[]) => stripe.invoices.addLines(draft.id, { lines })
  const addPrice = (unitAmount: string, quantity: string) =>
    add({
      price_data: { ...energy, unit_amount_decimal: decimal(unitAmount) },
      quantity_decimal: decimal(quantity),
    })
  return { stripe, draft, add, addPrice }
}

describe('a line with a price', () => {
  it.each([
    ['0.05', '30', 2],
    ['0.5', '1', 1],
    ['0.499999999999', '1', 0],
    ['1.5', '3', 5],
    // As floats: 100.49999999999999.
    ['1.005', '100', 101],
    ['0.000000000001', '123456789012.5', 0],
    ['0.1', '90071992547409914.999999999999', 9_007_199_254_740_991],
  ])('of %s cents for %s costs %i', async (unitAmount, quantity, amount) => {
    const { addPrice } = await aPricedDraft()
    const invoice = await addPrice(unitAmount, quantity)
    expect([invoice.total, invoice.lines.data[0]?.amount, invoice.lines.data[0]?.subtotal]).toEqual([
      amount,
      amount,
      amount,
    ])
  })

  it('shows its price, its product and its quantity', async () => {
    const { stripe, add } = await aPricedDraft()
    const { lines } = await add(
      {
        price_data: { ...energy, unit_amount_decimal: decimal('12.340') },
        quantity_decimal: decimal('2.75'),
      },
      { price_data: { ...energy, unit_amount: 100 }, quantity: 3, description: 'Night' },
      { price_data: { ...energy, unit_amount: 7 } },
    )
    expect(
      lines.data.map((line) => [
        line.amount,
        line.description,
        line.quantity,
        line.quantity_decimal?.toString(),
        line.pricing?.unit_amount_decimal?.toString(),
      ]),
    ).toEqual([
      [34, 'Energy', 2, '2.75', '12.34'],
      [300, 'Night', 3, '3', '100'],
      [7, 'Energy', 1, '1', '7'],
    ])
    const product = await stripe.products.retrieve(lines.data[0]?.pricing?.price_details?.product ?? '')
    expect(product).toMatchObject({ object: 'product', name: 'Energy', livemode: false })
  })

  it('takes a product that exists, and no other', async () => {
    const { stripe, draft, add } = await aPricedDraft()
    const { id: product } = await stripe.products.create({ name: 'Water', unit_label: 'm3' })
    const { lines } = await add({ price_data: { currency: 'eur', product, unit_amount: 5 } })
    expect(lines.data[0]).toMatchObject({ description: 'Water', pricing: { price_details: { product } } })
    const refused = add(
      { price_data: { ...energy, unit_amount: 5 } },
      { price_data: { currency: 'eur', product: 'prod_none', unit_amount: 5 } },
    )
    await expect(refused).rejects.toEqual(refusal(400, 'resource_missing'))
    expect((await stripe.invoices.retrieve(draft.id)).total).toBe(5)
  })

  it('is summed with amounts and taxes', async () => {
    const { add } = await aPricedDraft()
    const tax = { display_name: 'VAT', percentage: 19, inclusive: false }
    const invoice = await add(
      {
        price_data: { ...energy, unit_amount_decimal: decimal('0.5') },
        quantity: 3,
        tax_amounts: [{ amount: 1, taxable_amount: 2, tax_rate_data: tax }],
      },
      { amount: 490 },
    )
    expect([invoice.subtotal, invoice.total]).toEqual([492, 493])
  })

  const unit_amount = 5
  it.each<[string, string, Line]>([
    ['no amount and no price', 'parameter_missing', { description: 'nothing' }],
    ['both', 'parameters_exclusive', { amount: 5, price_data: { ...energy, unit_amount } }],
    ['a quantity of an amount', 'parameters_exclusive', { amount: 5, quantity: 2 }],
    [
      'two quantities',
      'parameters_exclusive',
      { price_data: { ...energy, unit_amount }, quantity: 1, quantity_decimal: decimal('1') },
    ],
    [
      'two unit amounts',
      'parameters_exclusive',
      { price_data: { ...energy, unit_amount, unit_amount_decimal: decimal('5') } },
    ],
    ['no unit amount', 'parameter_missing', { price_data: energy }],
    ['two products', 'parameters_exclusive', { price_data: { ...energy, product: 'prod_1', unit_amount } }],
    ['no product', 'parameter_missing', { price_data: { currency: 'eur', unit_amount } }],
    ['a price below zero', 'parameter_invalid', { price_data: { ...energy, unit_amount: -1 } }],
    [
      'a quantity below zero',
      'parameter_invalid',
      { price_data: { ...energy, unit_amount }, quantity_decimal: decimal('-0.5') },
    ],
    [
      'thirteen decimals of the price',
      'parameter_invalid',
      { price_data: { ...energy, unit_amount_decimal: decimal('0.1234567890123') } },
    ],
    [
      'thirteen decimals of the quantity',
      'parameter_invalid',
      { price_data: { ...energy, unit_amount }, quantity_decimal: decimal('0.0000000000001') },
    ],
    [
      'an amount beyond what a number carries',
      'amount_too_large',
      { price_data: { ...energy, unit_amount_decimal: decimal('9007199254740992') } },
    ],
  ])('is refused with %s', async (_what, code, line) => {
    const { stripe, draft, add } = await aPricedDraft()
    await expect(add({ amount: 1 }, line)).rejects.toEqual(refusal(400, code))
    expect((await stripe.invoices.retrieve(draft.id)).total).toBe(0)
  })

  it('has twelve decimals in both', async () => {
    const { addPrice } = await aPricedDraft()
    const { lines } = await addPrice('0.123456789012', '1000000000000.000000000001')
    expect(lines.data[0]?.amount).toBe(123_456_789_012)
  })

  it('is credited by decimals as well', async () => {
    const { stripe, draft, addPrice } = await aPricedDraft()
    await addPrice('33.5', '30')
    await stripe.invoices.finalizeInvoice(draft.id)
    const line = (change: Partial<Stripe.CreditNoteCreateParams.Line>) => ({
      invoice: draft.id,
      lines: [{ type: 'custom_line_item' as const, quantity: 3, ...change }],
    })
    const wanted = line({ unit_amount_decimal: decimal('33.5') })
    expect((await stripe.creditNotes.preview(wanted)).total).toBe(101)
    const { total, lines } = await stripe.creditNotes.create(wanted)
    expect([total, lines.data[0]?.unit_amount, lines.data[0]?.unit_amount_decimal?.toString()]).toEqual([
      101,
      null,
      '33.5',
    ])
    const whole = await stripe.creditNotes.create(line({ unit_amount_decimal: decimal('34.0') }))
    expect([whole.total, whole.lines.data[0]?.unit_amount]).toEqual([102, 34])
    for (const [code, change] of [
      ['parameters_exclusive', { unit_amount: 1, unit_amount_decimal: decimal('1') }],
      ['parameter_missing', {}],
      ['parameter_invalid', { unit_amount_decimal: decimal('1.0000000000001') }],
    ] as const) {
      await expect(stripe.creditNotes.create(line(change))).rejects.toEqual(refusal(400, code))
    }
  })
})

describe('currencies that do not go together', () => {
  it('a price in another currency than its invoice is refused, and leaves no trace', async () => {
    const { stripe, draft, add } = await aPricedDraft()
    const price_data = { ...energy, currency: 'usd', unit_amount: 5 }
    await expect(add({ amount: 1 }, { price_data })).rejects.toMatchObject({
      statusCode: 400,
      param: 'lines[1][price_data][currency]',
      message: 'The price is in usd, but the invoice is in eur.',
    })
    expect((await stripe.invoices.retrieve(draft.id)).lines.data).toEqual([])
  })

  it('an invoice may be in another than its customer’s, who keeps the first and has a balance in each', async () => {
    const { stripe } = await fixture.start()
    const customer = customerOf(await aDraft(stripe, [1_000]))
    const dollars = await stripe.invoices.create({ customer, currency: 'usd' })
    await stripe.invoices.addLines(dollars.id, { lines: [{ amount: 2_000 }] })
    await stripe.customers.createBalanceTransaction(customer, { amount: -300, currency: 'eur' })
    expect(await stripe.invoices.finalizeInvoice(dollars.id)).toMatchObject({
      currency: 'usd',
      amount_due: 2_000,
    })
    await stripe.customers.createBalanceTransaction(customer, { amount: -500, currency: 'usd' })
    const shown = await stripe.customers.retrieve(customer, { expand: ['invoice_credit_balance'] })
    expect(shown).toMatchObject({
      currency: 'eur',
      balance: -300,
      invoice_credit_balance: { eur: 300, usd: 500 },
    })
    expect((await stripe.invoices.create({ customer })).currency).toBe('eur')
  })

  it('a customer whose currency is fixed gets no invoice in another', async () => {
    const { sandbox, stripe } = await fixture.start()
    const fixed = { metadata: { sandbox_currency: 'fixed' } }
    const customer = customerOf(await aDraft(stripe, [1_000], fixed))
    const refused = stripe.invoices.create({ customer, currency: 'usd' })
    await expect(refused).rejects.toMatchObject({
      statusCode: 400,
      param: 'currency',
      message: expect.stringMatching(
        /^You cannot combine currencies on a single customer\..*currency eur\.$/,
      ),
    })
    expect((await stripe.invoices.create({ customer, currency: 'eur' })).currency).toBe('eur')
    expect(sandbox.inspect().invoices.map(({ currency }) => currency)).toEqual(['eur', 'eur'])
  })
})
