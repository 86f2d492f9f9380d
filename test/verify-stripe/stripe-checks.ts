/**
 * What docs/stripe-assumptions.md assumes of Stripe, each put to the test at an account: `numbers` are the rows there. A check makes what it
 * needs and leaves it; it is run with a test key only. What takes a person, a bank or a day to see is not among them.
 */
import type { Stripe } from 'stripe'

export type StripeCheck = {
  readonly numbers: readonly number[]
  readonly name: string
  /** Rejects with a sentence where the assumption does not hold. */
  run(world: CheckWorld): Promise<void>
}

export type CheckWorld = {
  readonly stripe: Stripe
  /** A word that no earlier run has used. */
  readonly run: string
}

function hold(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Error(sentence)
}

async function refusalOf(
  work: Promise<unknown>,
): Promise<{ readonly status: number; readonly code: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) {
    throw new Error('It was not refused.')
  }
  return { status: Number(error.statusCode), code: 'code' in error ? String(error.code) : '' }
}

let made = 0
const unique = (run: string) => `${run}-${(made += 1)}`

async function aCustomer({ stripe, run }: CheckWorld, change: Stripe.CustomerCreateParams = {}) {
  return await stripe.customers.create({ email: `${unique(run)}@example.com`, name: 'Check', ...change })
}

async function aPayer(world: CheckWorld, card = 'pm_card_visa'): Promise<Stripe.Customer> {
  const customer = await aCustomer(world)
  const method = await world.stripe.paymentMethods.attach(card, { customer: customer.id })
  return await world.stripe.customers.update(customer.id, {
    invoice_settings: { default_payment_method: method.id },
  })
}

type Line = NonNullable<Stripe.InvoiceAddLinesParams['lines']>[number]

async function aDraft(
  world: CheckWorld,
  lines: readonly Line[] = [{ amount: 1_000 }],
  change: Partial<Stripe.InvoiceCreateParams> = {},
): Promise<Stripe.Invoice> {
  const customer = change.customer ?? (await aCustomer(world)).id
  const draft = await world.stripe.invoices.create({
    customer,
    currency: 'eur',
    auto_advance: false,
    ...change,
  })
  return lines.length === 0 ? draft : await world.stripe.invoices.addLines(draft.id, { lines: [...lines] })
}

const finalized = async (world: CheckWorld, draft: Stripe.Invoice) =>
  await world.stripe.invoices.finalizeInvoice(draft.id, { auto_advance: false })

const vat = (amount: number, taxable: number, inclusive: boolean): Line['tax_amounts'] => [
  {
    amount,
    taxable_amount: taxable,
    taxability_reason: 'standard_rated',
    tax_rate_data: { display_name: 'VAT', percentage: 19, inclusive },
  },
]

export const stripeChecks: readonly StripeCheck[] = [
  {
    numbers: [1, 2],
    name: 'a draft takes our number, and no second one does',
    async run(world) {
      const number = `V${unique(world.run)}`.slice(0, 26)
      const draft = await aDraft(world, [], { number })
      hold(draft.number === number, `The number is ${draft.number}, not ${number}.`)
      const { status } = await refusalOf(
        aDraft(world, [], { number }).then((second) => finalized(world, second)),
      )
      hold(status === 400, `A second invoice of the number was refused with ${status}.`)
    },
  },
  {
    numbers: [3],
    name: 'an invoice has 250 lines and not one more',
    async run(world) {
      const draft = await aDraft(
        world,
        Array.from({ length: 250 }, () => ({ amount: 1 })),
      )
      hold(draft.total === 250, `The total is ${draft.total}.`)
      const { status } = await refusalOf(world.stripe.invoices.addLines(draft.id, { lines: [{ amount: 1 }] }))
      hold(status === 400, `The line was refused with ${status}.`)
    },
  },
  {
    numbers: [4, 5, 8],
    name: 'lines are amounts, below zero and zero too, and sum to the total',
    async run(world) {
      const draft = await aDraft(world, [{ amount: 1_000 }, { amount: -300 }, { amount: 0 }])
      hold(draft.total === 700 && draft.currency === 'eur', `The total is ${draft.total} ${draft.currency}.`)
    },
  },
  {
    numbers: [48, 49],
    name: 'tax on top raises the total, tax within does not',
    async run(world) {
      const net = await aDraft(world, [{ amount: 1_000, tax_amounts: vat(190, 1_000, false) ?? [] }])
      const gross = await aDraft(world, [{ amount: 1_190, tax_amounts: vat(190, 1_000, true) ?? [] }])
      hold(net.total === 1_190 && gross.total === 1_190, `The totals are ${net.total} and ${gross.total}.`)
      const taxes = [net, gross].map(({ total_taxes: all }) => all?.map(({ amount }) => amount).join())
      hold(
        taxes.every((tax) => tax === '190'),
        `The taxes are ${taxes.join(' and ')}.`,
      )
    },
  },
  {
    numbers: [12, 27],
    name: 'a draft is in the list at once, with its metadata',
    async run(world) {
      const draft = await aDraft(world, [], { metadata: { invoice_id: 'inv_check' } })
      const customer = typeof draft.customer === 'string' ? draft.customer : ''
      const [found] = (await world.stripe.invoices.list({ customer })).data
      hold(found?.metadata?.['invoice_id'] === 'inv_check', 'The list does not have it.')
    },
  },
  {
    numbers: [10],
    name: 'a draft is deleted, an open invoice is not',
    async run(world) {
      await world.stripe.invoices.del((await aDraft(world)).id)
      const open = await finalized(world, await aDraft(world))
      const { status } = await refusalOf(world.stripe.invoices.del(open.id))
      hold(status === 400, `It was refused with ${status}.`)
    },
  },
  {
    numbers: [11, 14, 18],
    name: 'an invoice without lines is paid by finalizing it',
    async run(world) {
      const paid = await finalized(world, await aDraft(world, []))
      hold(paid.status === 'paid' && paid.status_transitions.paid_at !== null, `It is ${paid.status}.`)
    },
  },
  {
    numbers: [16],
    name: 'less than the least charge is paid without money, and moves to the balance',
    async run(world) {
      const paid = await finalized(world, await aDraft(world, [{ amount: 49 }]))
      hold(
        paid.status === 'paid' && paid.amount_paid === 0,
        `It is ${paid.status}, ${paid.amount_paid} paid.`,
      )
      hold(paid.ending_balance === 49, `The balance is ${paid.ending_balance}.`)
    },
  },
  {
    numbers: [17, 36],
    name: 'an invoice is finalized once, and not collected without auto_advance',
    async run(world) {
      const open = await finalized(world, await aDraft(world))
      hold(open.status === 'open' && !open.attempted, `It is ${open.status}.`)
      const { status } = await refusalOf(finalized(world, open))
      hold(status === 400, `The second time was refused with ${status}.`)
    },
  },
  {
    numbers: [22, 25],
    name: 'a key repeats its answer, and refuses other parameters',
    async run({ stripe, run }) {
      const idempotencyKey = `verify:${unique(run)}`
      const create = (name: string) => stripe.customers.create({ name }, { idempotencyKey })
      const first = await create('one')
      const again = await create('one')
      hold(first.id === again.id, 'Two customers were made.')
      hold(again.lastResponse.headers['idempotent-replayed'] === 'true', 'The header is another.')
      const { status } = await refusalOf(create('two'))
      hold(status === 400, `Other parameters were refused with ${status}.`)
    },
  },
  {
    numbers: [29],
    name: 'customers are found by their exact address',
    async run(world) {
      const { id, email } = await aCustomer(world)
      const found = await world.stripe.customers.list({ email: email ?? '' })
      hold(found.data.map((each) => each.id).join() === id, `Found were ${found.data.length}.`)
    },
  },
  {
    numbers: [30],
    name: 'refusals have the codes that sentences show',
    async run({ stripe }) {
      const unknown = await refusalOf(stripe.rawRequest('POST', '/v1/customers', { colour: 'red' }))
      hold(unknown.code === 'parameter_unknown', `The code is ${unknown.code}.`)
      const missing = await refusalOf(stripe.invoices.retrieve('in_nothing'))
      hold(missing.status === 404 && missing.code === 'resource_missing', `The code is ${missing.code}.`)
    },
  },
  {
    numbers: [35],
    name: 'what was paid elsewhere is paid, and collected no more',
    async run(world) {
      const { id } = await finalized(world, await aDraft(world))
      const paid = await world.stripe.invoices.pay(id, { paid_out_of_band: true })
      hold(paid.status === 'paid', `It is ${paid.status}.`)
      const { code } = await refusalOf(world.stripe.invoices.pay(id, {}))
      hold(code === 'invoice_already_paid', `The code is ${code}.`)
    },
  },
  {
    numbers: [40],
    name: 'an open invoice is voided or given up; a draft is not voided',
    async run(world) {
      const first = await finalized(world, await aDraft(world))
      const second = await finalized(world, await aDraft(world))
      const { status } = await world.stripe.invoices.voidInvoice(first.id)
      hold(status === 'void', `It is ${status}.`)
      const givenUp = await world.stripe.invoices.markUncollectible(second.id)
      hold(givenUp.status === 'uncollectible', `It is ${givenUp.status}.`)
      await refusalOf(world.stripe.invoices.voidInvoice((await aDraft(world)).id))
    },
  },
  {
    numbers: [19],
    name: 'currencies of three decimals are invoiced in tens',
    async run(world) {
      const open = await finalized(world, await aDraft(world, [{ amount: 1_230 }], { currency: 'kwd' }))
      hold(open.total === 1_230, `The total is ${open.total}.`)
    },
  },
  {
    numbers: [51, 53, 54],
    name: 'a credit note lowers what is open, with the tax that it names, and beyond it is split',
    async run(world) {
      const { stripe } = world
      const payer = await aPayer(world)
      const line = { amount: 1_000, tax_amounts: vat(190, 1_000, false) ?? [] }
      const open = await finalized(world, await aDraft(world, [line], { customer: payer.id }))
      const rate = open.lines.data[0]?.taxes?.[0]?.tax_rate_details?.tax_rate ?? ''
      const note: Stripe.CreditNoteCreateParams = {
        invoice: open.id,
        lines: [
          {
            type: 'custom_line_item',
            description: 'Check',
            quantity: 1,
            unit_amount: 100,
            tax_amounts: [{ amount: 19, taxable_amount: 100, tax_rate: rate }],
          },
        ],
        metadata: { credit_note_id: 'crn_check' },
        email_type: 'none',
      }
      const preview = await stripe.creditNotes.preview(note)
      const created = await stripe.creditNotes.create(note)
      hold(
        preview.total === 119 && created.total === 119,
        `The totals are ${preview.total}, ${created.total}.`,
      )
      const paid = await stripe.invoices.pay(open.id)
      hold(paid.amount_paid === 1_071, `Paid were ${paid.amount_paid}.`)
      const after = await stripe.creditNotes.create({
        invoice: open.id,
        amount: 100,
        refund_amount: 100,
        email_type: 'none',
      })
      hold(after.refunds.length === 1, `There are ${after.refunds.length} refunds.`)
      const listed = await stripe.creditNotes.list({ invoice: open.id })
      hold(listed.data.length === 2, `The list has ${listed.data.length}.`)
    },
  },
  {
    numbers: [77],
    name: 'a card that declines leaves the invoice open, with the reason at its payment',
    async run(world) {
      const payer = await aPayer(world, 'pm_card_chargeCustomerFail')
      const open = await finalized(world, await aDraft(world, [{ amount: 1_000 }], { customer: payer.id }))
      const { status } = await refusalOf(world.stripe.invoices.pay(open.id))
      hold(status === 402, `It was refused with ${status}.`)
      const [payment] = (await world.stripe.invoicePayments.list({ invoice: open.id })).data
      const intent = payment?.payment.payment_intent
      const { last_payment_error: error } = await world.stripe.paymentIntents.retrieve(
        typeof intent === 'string' ? intent : (intent?.id ?? ''),
      )
      hold(error?.code === 'card_declined', `The reason is ${error?.code}.`)
    },
  },
  {
    numbers: [63],
    name: 'a deleted customer gets no new invoice',
    async run(world) {
      const { id } = await aCustomer(world)
      await world.stripe.customers.del(id)
      const { code } = await refusalOf(aDraft(world, [], { customer: id }))
      hold(code === 'resource_missing', `The code is ${code}.`)
      hold((await world.stripe.customers.retrieve(id)).deleted === true, 'It is still there.')
    },
  },
  {
    numbers: [65, 66],
    name: 'Checkout opens a page to save a card',
    async run(world) {
      const { id } = await aCustomer(world)
      const returnUrl = 'https://example.com/back'
      const session = await world.stripe.checkout.sessions.create({
        mode: 'setup',
        customer: id,
        currency: 'eur',
        success_url: returnUrl,
        cancel_url: returnUrl,
      })
      hold(session.url !== null && session.status === 'open', `The session is ${session.status}.`)
    },
  },
]
